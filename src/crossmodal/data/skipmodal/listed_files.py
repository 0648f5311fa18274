"""Files that a list made by other people names: found inside of a folder, or it is told why not."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

MAX_ID_BYTES = 200  # an id names files that are made of it; file systems allow 255
SHOWN = 5  # names of what there is instead


def find_file(folders: Sequence[Path], name: str) -> Path | None:
    """The first regular file of this name in one of the folders; links to such files count.

    Raises:
        ValueError: the name leads out of the folders.
    """
    forms = list(dict.fromkeys(ways_to_write(name)))
    if any(
        PurePosixPath(form).is_absolute() or ".." in PurePosixPath(form).parts for form in forms
    ):
        raise ValueError("it leads out of the folder")
    paths = (folder / form for folder in folders for form in forms)
    return next((path for path in paths if why_no_file(path) is None), None)


def ways_to_write(name: str) -> Iterator[str]:
    """A name, and what it may be called on another machine.

    Windows writes `\\` between folders, macOS an accent apart from its letter, and to both of them
    a.jpg is a.JPG.
    """
    plain = name.replace("\\", "/")
    for form in (name, plain, normalize("NFC", plain), normalize("NFD", plain)):
        ending = PurePosixPath(form).suffix
        stem = form.removesuffix(ending)
        yield from (form, stem + ending.lower(), stem + ending.upper())


def why_no_file(path: Path) -> str | None:
    """What is wrong with a path at which there is no regular file; None where there is one."""
    try:
        check_file(path)
    except DataError as error:
        # As the system's errors name it too.
        return str(error).removeprefix(f"{path} ").removesuffix(f": {str(path)!r}")
    return None


def name_what_is_there(folder: Path) -> str:
    """The first names in a folder, for a message, hidden ones left out; of none, in that above."""
    if not folder.is_dir():
        wrong = "is a file, perhaps a link copied as text" if folder.exists() else "is missing"
        return f"{folder} {wrong}; {name_what_is_there(folder.parent)}"
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    shown = ", ".join(map(one_line, names[:SHOWN])) or "nothing"
    return f"{folder} has {shown}" + (", ..." if len(names) > SHOWN else "")


def is_id(text: str) -> bool:
    """Whether a text can name a sample and the files that are made of it."""
    return text.isprintable() and 0 < len(id_to_name(text).encode()) <= MAX_ID_BYTES


def id_to_name(text: str) -> str:
    """An id as the name of a file: without folders, reversible."""
    return text.replace("%", "%25").replace("/", "%2F")


def name_to_id(name: str) -> str:
    """The inverse of `id_to_name`."""
    return name.replace("%2F", "/").replace("%25", "%")
