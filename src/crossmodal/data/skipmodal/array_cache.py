"""Arrays that are decoded once into files, which every later run opens as memory maps.

A cached folder holds a file for each array, and `checksums.json`. It appears whole or not at all.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import filelock
import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import DataError, UserError
from crossmodal.files import atomic_path, check_file, read_json, remove, sha256, write_json

CHECKSUMS = "checksums.json"
TEMPORARY, LOCK = ".tmp-", ".lock-"  # in front of a folder's name
CHUNK = 2**20
Bytes = NDArray[np.uint8]
Shapes = Mapping[str, tuple[int, ...]]
Fill = Callable[[dict[str, Bytes]], None]


def is_made(folder: Path) -> bool:
    """Whether a folder is cached."""
    return (folder / CHECKSUMS).is_file()


def open_arrays(folder: Path, shapes: Shapes, fill: Fill) -> dict[str, Bytes]:
    """The arrays of a cached folder, read only; made first by `fill` where there is none.

    Raises:
        DataError: an array is missing or of another size.
        UserError: there is not enough room.
    """
    if not is_made(folder):
        make_arrays(folder, shapes, fill)
    try:
        if read_json(folder / CHECKSUMS).keys() != shapes.keys():
            raise DataError(f"{folder} has other arrays")
        for name, shape in shapes.items():
            if check_file(folder / name) != np.prod(shape):
                raise DataError(f"{folder / name} has another size")
    except (DataError, AttributeError) as error:
        raise DataError(f"{folder} is damaged: delete it, it is made again ({error})") from None
    return {name: np.memmap(folder / name, np.uint8, "r", shape=shapes[name]) for name in shapes}


def make_arrays(folder: Path, shapes: Shapes, fill: Fill) -> None:
    """Let `fill` write the arrays; of several processes one does so, and the others wait.

    Raises:
        UserError: there is not enough room.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.with_name(LOCK + folder.name)):
        sweep(folder)
        if is_made(folder):
            return
        with atomic_path(folder) as temporary:
            temporary.mkdir()
            reserve(temporary, {name: int(np.prod(shape)) for name, shape in shapes.items()})
            arrays: dict[str, Bytes] = {
                name: np.memmap(temporary / name, np.uint8, "r+", shape=shape)
                for name, shape in shapes.items()
            }
            fill(arrays)
            for array in arrays.values():
                array.flush()  # type: ignore[attr-defined]
            write_json(temporary / CHECKSUMS, {name: sha256(temporary / name) for name in shapes})
            for name in (*shapes, CHECKSUMS, "."):
                sync(temporary / name)
        sync(folder.parent)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half-made beside a folder, whose lock the caller holds."""
    for leftover in folder.parent.glob(f"{TEMPORARY}*"):
        name = leftover.name.removeprefix(TEMPORARY)
        lock = filelock.FileLock(folder.with_name(LOCK + name), timeout=0)
        try:
            # The caller's own leftover is replaced by it.
            if name != folder.name:
                with lock:
                    remove(leftover)
        except filelock.Timeout:
            continue  # its process lives


def reserve(folder: Path, sizes: Mapping[str, int]) -> None:
    """Make files of these sizes in bytes, whose room is theirs before anything is written.

    Without that a full disk ends the process by a signal when a memory map is written.

    Raises:
        UserError: there is not enough room.
    """
    free, needed = shutil.disk_usage(folder).free, sum(sizes.values())
    try:
        for name, size in sizes.items():
            with (folder / name).open("xb") as file:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                except (AttributeError, OSError) as error:
                    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                        raise
                    # Not every system or file system can do it.
                    for start in range(0, size, CHUNK):
                        file.write(bytes(min(CHUNK, size - start)))
    except OSError as error:
        raise UserError(
            f"the decoded pairs need {needed / 1e6:,.1f} MB in {folder.parent}, where "
            f"{free / 1e6:,.1f} MB are free ({error.strerror}): make room, then start again"
        ) from None


def sync(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_damage(cache: Path) -> Iterator[Path]:
    """Every cached array below `cache` that no longer has the bytes it was made with.

    Its folder can be deleted: it is filled again from the shards.
    """
    for path in sorted(cache.rglob(CHECKSUMS)):
        folder = path.parent
        if folder.name.startswith(TEMPORARY):
            continue
        try:
            wrong = [
                name for name, known in read_json(path).items() if sha256(folder / name) != known
            ]
        except (DataError, AttributeError):
            wrong = [CHECKSUMS]
        yield from (folder / name for name in wrong)
