"""A temporary folder for one process, which the next one sweeps where this one was killed."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "crossmodal-demo-"


@contextmanager
def make_own_folder() -> Iterator[Path]:
    """Yield a new folder of mode 700, with the process's id in its name; delete it at the end.

    It is locked for as long as the process lives, however it ends: an id alone may have been given
    to another process since. All temporary files of the process are put there.

    Raises:
        OSError: none can be made.
    """
    sweep()
    folder, lock = make_locked()
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def make_locked() -> tuple[Path, int]:
    """A new folder and the open lock on it; anew where another's sweep was faster."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        with suppress(OSError):
            lock = open_locked(folder)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def sweep() -> None:
    """Delete the folders of this user's processes that have ended; no link is followed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                lock = open_locked(folder)
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def open_locked(folder: Path) -> int:
    """An open folder, locked; raises BlockingIOError where another process has it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened
