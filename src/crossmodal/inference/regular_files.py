"""Reading files that strangers made: regular files only, and no more of them than is wanted."""

import hashlib
import os
import re
import stat
from pathlib import Path

from crossmodal.errors import DataError

# No link is followed, and opening a pipe does not wait for a writer.
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_regular(path: Path, most: int) -> bytes:
    """The content of a regular file, checked once it is open, so that nothing can be exchanged.

    A link is followed only into a store that names each file by the MD5 of its content, two digits
    as a folder and the rest as a name: caches are linked into folders so.

    Args:
        most: bytes.

    Raises:
        DataError: missing, a link, a pipe, a device or a folder, or larger than `most`.
    """
    try:
        if not path.is_symlink():
            return read_open(path, most)
        target = path.resolve(strict=True)
        name = target.parent.name + target.name
        if re.fullmatch("[0-9a-f]{32}", name):
            content = read_open(target, most)
            if hashlib.md5(content, usedforsecurity=False).hexdigest() == name:
                return content
        raise DataError(f"{path} is a link; allowed: a file (`cp -RL` copies what links point to)")
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}") from None


def read_open(path: Path, most: int) -> bytes:
    """The content of `path` itself; raises DataError or OSError."""
    # Opening a device can have effects, so it is looked at before as well.
    if not stat.S_ISREG(path.lstat().st_mode):
        raise DataError(f"{path} is no regular file")
    with os.fdopen(os.open(path, FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise DataError(f"{path} is no regular file")
        if os.fstat(file.fileno()).st_size > most:
            raise DataError(f"{path} is larger than {most} bytes")
        content = file.read(most + 1)
    if len(content) > most:
        raise DataError(f"{path} is larger than {most} bytes")
    return content
