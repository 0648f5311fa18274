"""Files that a list made by other people names: found inside of a folder, or it is told why not."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from crossmodal.errors import DataError
from crossmodal.files import check_file

MAX_ID_BYTES = 200  # an id names files that are made of it; file systems allow 255
SHOWN = 5  # names of what there is instead


def find_file(folders: Sequence[Path], name: str) -> Path | None:
    """The first regular file of this name in one of the folders; links to such files count.

    Windows writes `\\` between folders, and macOS letters such as é in two parts: both are found.

    Raises:
        ValueError: the name leads out of the folders.
    """
    plain = name.replace("\\", "/")
    forms = (name, plain, unicodedata.normalize("NFC", plain), unicodedata.normalize("NFD", plain))
    if any(
        PurePosixPath(form).is_absolute() or ".." in PurePosixPath(form).parts for form in forms
    ):
        raise ValueError("it leads out of the folder")
    paths = (folder / form for folder in folders for form in dict.fromkeys(forms))
    return next((path for path in paths if why_no_file(path) is None), None)


def why_no_file(path: Path) -> str | None:
    """What is wrong with a path at which there is no regular file; None where there is one."""
    try:
        check_file(path)
    except DataError as error:
        return str(error).removeprefix(f"{path} ")
    return None


def name_what_is_there(folder: Path, pattern: str = "*") -> str:
    """The names in a folder, for a message; hidden files are left out."""
    if not folder.is_dir():
        return f"{folder} is missing"
    names = sorted(path.name for path in folder.glob(pattern) if not path.name.startswith("."))
    shown = ", ".join(names[:SHOWN]) or "nothing"
    return f"{folder} has {shown}" + (", ..." if len(names) > SHOWN else "")


def check_folder(path: Path, contents: str) -> None:
    """Refuse what is no folder.

    Args:
        contents: what should be there, for the message.

    Raises:
        DataError: it is missing, or is something else.
    """
    if not path.is_dir():
        wrong = "is a file, perhaps a link copied as text" if path.exists() else "is missing"
        there = name_what_is_there(path.parent)
        raise DataError(f"{path} {wrong}; it must be the folder of {contents}; {there}")


def is_id(text: str) -> bool:
    """Whether a text can name a sample and the files that are made of it."""
    return text.isprintable() and 0 < len(id_to_name(text).encode()) <= MAX_ID_BYTES


def id_to_name(text: str) -> str:
    """An id as the name of a file: without folders, reversible."""
    return text.replace("%", "%25").replace("/", "%2F")


def name_to_id(name: str) -> str:
    """The inverse of `id_to_name`."""
    return name.replace("%2F", "/").replace("%25", "%")
