"""Writing files and folders whole or not at all; reading regular files only, and hashing them."""

import codecs
import hashlib
import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossmodal.errors import DataError, one_line

MAX_JSON_BYTES = 2**30
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def check_file(path: Path, max_bytes: int | None = None) -> int:
    """The size in bytes of what must be a regular file, or a link to one.

    To be asked before any file is opened that another program may have put there: a pipe would be
    waited for, and a device read, for ever.

    Raises:
        DataError: it is missing, is something else, or has more than `max_bytes`.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        link = " (it is a link to nothing)" if path.is_symlink() else ""
        raise DataError(f"{path} is missing{link}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {one_line(error)}") from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a device or a socket"
        raise DataError(f"{path} is {kind}, but must be a file")
    if max_bytes is not None and status.st_size > max_bytes:
        raise DataError(f"{path} has {status.st_size:,} bytes, more than {max_bytes:,}")
    return status.st_size


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, else remove it.

    Works for a file and for a folder (which the caller makes). A killed run leaves only the
    temporary name, which the next run overwrites.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name keeps its suffix: torch and numpy look at it.
    temporary = path.with_name(f".tmp-{path.name}")
    remove(temporary)
    try:
        yield temporary
        if path.is_dir():
            remove(path)
        temporary.replace(path)
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Delete a file or a folder with all it holds; nothing happens where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, whole or not at all.

    Raises:
        ValueError: `value` holds NaN or an infinity, which JSON cannot say.
    """
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        DataError: the file is missing, is not JSON in UTF-8, or has more than 1 GiB.
    """
    content = read_utf8(path, MAX_JSON_BYTES)
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is {not_utf8(error)}: save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON: {one_line(error)}") from None


def read_utf8(path: Path, max_bytes: int) -> bytes:
    """The bytes of a text file, without the mark of UTF-8 that some editors put in front.

    Raises:
        DataError: it is missing, has more than `max_bytes`, cannot be read, or is UTF-16 or UTF-32.
    """
    check_file(path, max_bytes)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {one_line(error)}") from None
    # Without a mark in front, every other byte of plain letters in UTF-16 is zero.
    if content.startswith(UTF16_MARKS) or b"\0" in content[:100]:
        raise DataError(f"{path} is UTF-16 or UTF-32, or no text: save it as UTF-8")
    return content.removeprefix(codecs.BOM_UTF8)


def not_utf8(error: UnicodeDecodeError) -> str:
    """What is wrong with bytes that are not UTF-8, and as what they can be read."""
    around = error.object[max(0, error.start - 10) : error.start + 10]
    guess = around.decode("cp1252", errors="replace")
    return f"not UTF-8; as Windows-1252 or Latin-1 it reads {guess!r}"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits.

    Raises:
        DataError: it is missing or is no regular file.
    """
    check_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
