"""What the machine refuses, in one line that says what to do: room, memory, permission."""

import errno
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from crossmodal.errors import UserError

# Libraries that are not written in Python raise errors of their own, with the system's words in
# them; torch says only that a file did not become as long as it should.
MEMORY = re.compile(r"can(no|')t allocate memory|out of memory", re.IGNORECASE)
FULL = re.compile(r"No space left on device|Disk quota exceeded|unexpected pos \d+ vs \d+")
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def reported(name: str) -> Iterator[None]:
    """End the process with one line on standard error where a person can mend what went wrong.

    Args:
        name: of the command or the stage.

    Raises:
        SystemExit: with the error's exit code, 1 for what the machine refuses.
    """
    try:
        try:
            yield
        finally:
            # At the end of the process it is too late to tell. Nothing is there where it is closed.
            if sys.stdout:
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left to flush at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        said = explain(error)
        if not said:
            raise
        print(f"{name}: {said}", file=sys.stderr)
        sys.exit(error.exit_code if isinstance(error, UserError) else 1)


def explain(error: Exception) -> str:
    """What to tell a person of an error; "" of one that a programmer has to look into."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError) or MEMORY.search(str(error)):
        free = tell_size(psutil.virtual_memory().available)
        return (
            f"out of memory ({free} are free): end other programs, run fewer stages at once "
            "(--workers), or set smaller batches in params.yaml"
        )
    path = error.filename if isinstance(error, OSError) else None
    if FULL.search(str(error)):
        folder, free_bytes = find_fullest(path)
        return (
            f"no space left: {tell_size(free_bytes)} are free (or less by your quota) where "
            f"{folder} is; make room and run it again, `make gc` deletes data that nothing uses"
        )
    if isinstance(error, OSError) and error.errno in FORBIDDEN:
        return f"{error.strerror}: {path}: you need the right to write and read there"
    return str(error) if isinstance(error, OSError) else ""


def find_fullest(path: object) -> tuple[Path, int]:
    """The fullest folder of those that are written to, and how many bytes are free there."""
    folders = [Path.cwd(), Path(tempfile.gettempdir())]
    if isinstance(path, str):
        folders.append(Path(path).absolute().parent)
    free = {folder: shutil.disk_usage(folder).free for folder in folders if folder.is_dir()}
    fullest = min(free, key=lambda folder: free[folder])
    return fullest, free[fullest]


def tell_size(count: float) -> str:
    """Bytes in a unit that suits them."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
