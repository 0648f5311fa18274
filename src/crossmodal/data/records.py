"""Records of arrays in a tar file, as WebDataset names them: `KEY.NAME.npy`.

A manifest says beforehand which arrays a file holds, of which type and shape. So nothing is read
that is larger than that, whatever the file says of itself, and no header is believed.
"""

import io
import tarfile
import tokenize
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

MAX_RECORD_BYTES = 2**30
MAX_NPY_HEADER = 1024  # bytes; NumPy writes 128
TAR_BLOCK, TAR_ENDING = 512, 2 * 10_240  # bytes; a member has at most three blocks of headers here
# What tarfile and NumPy raise for bytes that they cannot make sense of.
MALFORMED: tuple[type[Exception], ...] = (
    *(tarfile.TarError, EOFError, OSError, ValueError, TypeError, LookupError),
    *(ArithmeticError, SyntaxError, RecursionError, tokenize.TokenError),
)


class ArrayType(NamedTuple):
    """What an array is to be."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, dtype: DTypeLike, *shape: int) -> "ArrayType":
        """Of a NumPy type's name and the sizes of all dimensions."""
        return cls(np.dtype(dtype), shape)

    @property
    def bytes(self) -> int:
        """Without a header."""
        # Not np.prod, which overflows without a word.
        size = self.dtype.itemsize
        for length in self.shape:
            size *= length
        return size


Record = Mapping[str, ArrayType]


def encode(array: NDArray[Any]) -> bytes:
    """An array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def decode(
    path: Path, key: str, members: Mapping[str, bytes], record: Record
) -> dict[str, NDArray[Any]]:
    """The arrays of a record that `read_records` has read.

    Raises:
        DataError: one is not of the expected type and shape, or has more or fewer bytes.
    """
    try:
        return {name: decode_array(members[name], record[name]) for name in record}
    except MALFORMED as error:
        raise DataError(f"{path}: record {key} is damaged: {one_line(error)}") from None


def decode_array(content: bytes, expected: ArrayType) -> NDArray[Any]:
    """The array of a .npy file's bytes.

    Raises:
        ValueError: it is not of the expected type and shape, or has more or fewer bytes.
    """
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("it is not of version 1.0 of the .npy format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, MAX_NPY_HEADER)
    if fortran or ArrayType(dtype, shape) != expected:
        raise ValueError(f"it says that it is {dtype} {list(shape)}")
    if len(content) - stream.tell() != expected.bytes:
        raise ValueError(f"it has {len(content) - stream.tell()} bytes of values")
    # A copy, because torch wants to be able to write.
    return np.frombuffer(content, dtype, offset=stream.tell()).reshape(shape).copy()


def checksum(members: Mapping[str, bytes]) -> int:
    """CRC-32 of a record's members, in order of their names."""
    found = 0
    for name in sorted(members):
        found = zlib.crc32(members[name], found)
    return found


def read_records(
    path: Path, records: Mapping[str, Record]
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Every record of a tar file once, in any order: its key, and by name the bytes of each array.

    Args:
        records: by key what the file has to hold, and nothing else.

    Raises:
        DataError: it is missing, cut short, damaged, or holds something else; nothing larger than
            what is expected has been read then.
    """
    check_size(path, records)
    types = {f"{key}.{name}.npy": type for key in records for name, type in records[key].items()}
    found: dict[str, dict[str, bytes]] = {}
    try:
        with tarfile.open(path, "r:") as tar:  # never decompressed
            for member in tar:
                content = read_member(path, tar, member, types)
                key, name = member.name.removesuffix(".npy").rsplit(".", 1)
                found.setdefault(key, {})[name] = content
                if found[key].keys() == records[key].keys():
                    yield key, found.pop(key)
    except MALFORMED as error:
        raise DataError(f"{path} is cut short or damaged: {one_line(error)}") from None
    if types:
        missing = min(types).removesuffix(".npy").rsplit(".", 1)[0]
        raise DataError(f"{path} is cut short: no record {missing}")


def read_member(
    path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, types: dict[str, ArrayType]
) -> bytes:
    """The bytes of a member, which is then no longer in `types`."""
    expected = types.pop(member.name, None)
    if expected is None:
        raise DataError(f"{path}: {member.name!r} is not in the manifest, or is there twice")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise DataError(f"{path} is damaged: {member.name} is no plain file")
    if not 0 < member.size - expected.bytes <= MAX_NPY_HEADER:
        raise DataError(
            f"{path} is damaged: {member.name} has {member.size:,} bytes, "
            f"but {expected.bytes:,} and a header are expected"
        )
    file = tar.extractfile(member)
    assert file is not None, "a regular member has content"
    content = file.read()
    if len(content) != member.size:
        raise DataError(f"{path} is cut short in {member.name}")
    return content


def check_size(path: Path, records: Mapping[str, Record]) -> None:
    """Compare a tar file's size with what it is to hold, before any of it is read.

    Raises:
        DataError: it is missing, no regular file, or far smaller or larger.
    """
    sizes = [type.bytes for record in records.values() for type in record.values()]
    size, least = check_file(path), sum(sizes)
    most = least + len(sizes) * (MAX_NPY_HEADER + 4 * TAR_BLOCK) + TAR_ENDING
    if not least <= size <= most:
        how = "is cut short" if size < least else "is damaged"
        raise DataError(f"{path} {how}: it has {size:,} bytes, not {least:,} to {most:,}")
