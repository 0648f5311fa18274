"""A bundle as one file, a .tar.gz: packed to the same bytes each time, unpacked without trust.

Such a file may come from anybody. Only what a bundle consists of is taken out of it: three regular
files, in one folder or in none, each no larger than a bundle's may be. Of tar's many kinds of
entries only plain files and folders are known, so that no link, no device and no long header can
do harm.
"""

import gzip
import io
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from crossmodal.errors import DataError, one_line
from crossmodal.inference.description import (
    CARD,
    DESCRIPTION,
    LARGEST,
    WEIGHTS,
    Description,
    shorten,
)
from crossmodal.inference.regular_files import read_regular

SUFFIX = ".tar.gz"
# Bytes at most of an archive: what a bundle's files may have, and some for headers.
LARGEST_ARCHIVE = sum(LARGEST.values()) + 2**20
BLOCK = 512  # bytes: what tar's entries are multiples of
MAX_ENTRIES = 8
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


def pack(known: Description) -> bytes:
    """The archive of a bundle, checked; the same bundle gives the same bytes.

    Raises:
        DataError: the bundle is damaged.
    """
    contents = {name: known.read(name) for name in (CARD, WEIGHTS)}
    contents[DESCRIPTION] = read_regular(known.path, LARGEST[DESCRIPTION])
    target = io.BytesIO()
    # No name, no time, no owner: only what is packed.
    with (
        gzip.GzipFile("", "wb", fileobj=target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(f"{known.name}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def unpack(file: IO[bytes], place: str) -> dict[str, bytes]:
    """The files of the bundle in an archive, by name; what they hold is not looked at.

    Args:
        place: what messages call the archive.

    Raises:
        DataError: it is no such archive, is cut off or damaged, or holds anything else.
    """
    try:
        with gzip.open(file) as stream:
            contents = read_entries(stream)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise DataError(
            f"{place} cannot be unpacked: {one_line(error)}; allowed: the {SUFFIX} of one model"
        ) from None
    if missing := LARGEST.keys() - contents:
        raise DataError(f"{place} holds no model: {', '.join(sorted(missing))} is missing in it")
    return contents


def read_entries(stream: gzip.GzipFile) -> dict[str, bytes]:
    """The files of a bundle in a tar stream, none of which is larger than it may be.

    Raises:
        ValueError: an entry that a bundle has not, or twice.
        tarfile.TarError, EOFError: the stream is no tar file, or cut off.
    """
    contents: dict[str, bytes] = {}
    folders: set[PurePosixPath] = set()
    for _ in range(MAX_ENTRIES):
        block = read_exactly(stream, BLOCK)
        if block == bytes(BLOCK):
            return contents
        entry = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        if entry.isdir() and entry.size == 0:
            continue
        path = PurePosixPath(entry.name)
        if entry.type not in PLAIN or path.name not in LARGEST or not is_near(path):
            raise ValueError(f"it holds {shorten(entry.name)}, which belongs to no model")
        folders.add(path.parent)
        if path.name in contents or len(folders) > 1:
            raise ValueError("it holds more than one model")
        if not 0 <= entry.size <= LARGEST[path.name]:
            raise ValueError(f"its {path.name} is larger than {LARGEST[path.name]} bytes")
        contents[path.name] = read_exactly(stream, entry.size)
        read_exactly(stream, -entry.size % BLOCK)
    raise ValueError(f"it has more than {MAX_ENTRIES} entries")


def is_near(path: PurePosixPath) -> bool:
    """Whether it is at the top of an archive or in a folder there."""
    return len(path.parts) <= 2 and not path.is_absolute() and ".." not in path.parts


def read_exactly(stream: gzip.GzipFile, count: int) -> bytes:
    """The next `count` bytes; raises EOFError where there are fewer."""
    content = stream.read(count)
    if len(content) < count:
        raise EOFError("it is cut off")
    return content
