"""MNIST in its original IDX format, checked before it is used."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import DataError
from crossmodal.files import check_file as check_regular

# MD5 of the raw (unpacked) files as Y. LeCun, C. Cortes and C. Burges published them.
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
MAX_BYTES = 47_040_016  # of the largest of them
PREFIXES = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class Digits:
    """One split of MNIST: `images` uint8 [N, 28, 28], 0 is background; `labels` uint8 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def of(self, digit: int) -> NDArray[np.int64]:
        """The indices of all images of `digit`, ascending."""
        return np.flatnonzero(self.labels == digit)


def load_digits(folder: Path, split: str) -> Digits:
    """Read one split, 'train' (60,000 images) or 'test' (10,000).

    Raises:
        DataError: a file is missing, truncated or altered.
    """
    prefix = PREFIXES[split]
    images = read_idx(folder / f"{prefix}-images-idx3-ubyte", 3)
    labels = read_idx(folder / f"{prefix}-labels-idx1-ubyte", 1)
    if len(images) != len(labels):
        raise DataError(f"{folder}: {len(images)} images but {len(labels)} labels in {split}")
    return Digits(images, labels)


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes with the given number of dimensions.

    Raises:
        DataError: the file is missing, is not MNIST's, or its length is not what it says.
    """
    check_file(path)
    content = bytearray(path.read_bytes())  # writable, as torch wants it
    header = 4 + 4 * dimensions
    shape = tuple(np.frombuffer(content, ">u4", dimensions, offset=4).tolist())
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def check_file(path: Path) -> None:
    """Compare a raw MNIST file with the published checksum.

    Raises:
        DataError: the file is missing, no regular file, truncated or altered.
    """
    try:
        check_regular(path, MAX_BYTES)
    except DataError as error:
        raise DataError(f"{error}; MNIST needs {', '.join(MD5)}") from None
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != MD5[path.name]:
        raise DataError(
            f"{path} is truncated or altered: MD5 {found} instead of {MD5[path.name]}; "
            "delete it and fetch it again"
        )
