import hashlib
import os

import numpy as np
import pytest

from crossmodal.data import mnist
from crossmodal.errors import DataError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three training images in IDX files, their checksums taken for the published ones."""
    images = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8)
    header = np.array([2051, 3, 28, 28], ">u4").tobytes()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(header + images.tobytes())
    label_header = np.array([2049, 3], ">u4").tobytes()
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(label_header + bytes([5, 0, 5]))
    for path in tmp_path.iterdir():
        checksum = hashlib.md5(path.read_bytes()).hexdigest()
        monkeypatch.setitem(mnist.MD5, path.name, checksum)
    return tmp_path


def test_reads_images_and_labels(folder):
    digits = mnist.load_digits(folder, "train")
    assert digits.images.shape == (3, 28, 28)
    assert digits.images[1, 0, 0] == 784 % 256
    assert digits.of(5).tolist() == [0, 2]


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
def test_truncated_altered_or_missing_file_is_named(folder, name):
    path = folder / name
    content = path.read_bytes()
    for spoilt in (content[:-1], content[:7], b"", content[:20] + b"\xff" + content[21:] + b"x"):
        path.write_bytes(spoilt)
        with pytest.raises(DataError, match=f"{name} is truncated or altered"):
            mnist.load_digits(folder, "train")
    path.unlink()
    with pytest.raises(DataError, match=f"{name} is missing"):
        mnist.load_digits(folder, "train")
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(DataError, match=f"{name} has 10,737,418,240 bytes, more than"):
        mnist.load_digits(folder, "train")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match=f"{name} is a pipe"):
        mnist.load_digits(folder, "train")
