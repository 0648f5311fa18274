"""Nothing is read that a manifest does not announce, and only regular files are opened."""

import io
import os
import resource
import tarfile
import time

import numpy as np
import pytest

from crossmodal.data.records import ArrayType, decode, encode, read_records
from crossmodal.errors import DataError

RECORDS = {key: {"a": ArrayType.of("uint8", 3, 2), "b": ArrayType.of("int16", 3)} for key in "xy"}


def values(record, number=0):
    return {name: np.full(t.shape, number, t.dtype) for name, t in record.items()}


def members(records=RECORDS):
    return {
        f"{key}.{name}.npy": encode(array)
        for key in records
        for name, array in values(records[key]).items()
    }


def write(path, contents):
    with tarfile.open(path, "w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def read(path, records=RECORDS):
    found = read_records(path, records)
    return {key: decode(path, key, members, records[key]) for key, members in found}


def test_reads_back_what_was_written_in_any_order(tmp_path):
    path = tmp_path / "a.tar"
    write(path, dict(reversed(members().items())))
    found = read(path)
    assert found.keys() == RECORDS.keys()
    assert all(array.flags.writeable for arrays in found.values() for array in arrays.values())
    assert np.array_equal(found["x"]["a"], np.zeros((3, 2), np.uint8))


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_nothing_is_decompressed(tmp_path, suffix):
    path = tmp_path / "a.tar"
    with tarfile.open(path, f"w:{suffix}") as tar:
        content = encode(np.zeros(50_000_000, np.uint8))
        member = tarfile.TarInfo("x.a.npy")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"a\.tar is (cut short|damaged)"):
        read(path)


def test_a_sparse_file_or_member_of_10_gb_is_refused_before_it_is_read(tmp_path):
    large = tmp_path / "large.tar"
    write(large, members())
    with large.open("r+b") as file:
        file.truncate(10 * 2**30)
    started = time.perf_counter()
    with pytest.raises(DataError, match=r"large\.tar is damaged: it has 10,737,418,240 bytes"):
        read(large)
    claimed = tmp_path / "claimed.tar"
    write(claimed, members())
    member = tarfile.TarInfo("x.a.npy")
    member.size = 10 * 2**30
    content = bytearray(claimed.read_bytes())
    content[:512] = member.tobuf(tarfile.GNU_FORMAT)
    claimed.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.a\.npy has 10,737,418,240 bytes, but 6 and a header"):
        read(claimed)
    assert time.perf_counter() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 10 * 2**20  # KiB


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x.a.npy": encode(np.zeros((2, 3), np.uint8))}, r"x is damaged: it says .* \[2, 3\]"),
        ({"x.a.npy": encode(np.zeros((3, 2), np.int8))}, "x is damaged: it says that it is int8"),
        ({"x.a.npy": b"\x93NUMPY\x02\x00" + bytes(100)}, "x is damaged: it is not of version"),
        ({"x.a.npy": b"\x93NUMPY\x01\x00\xff\xff" + bytes(100)}, "x is damaged: EOF"),
        ({"x.a.npy": encode(np.zeros((3, 2), np.uint8)) + b"x"}, "it has 7 bytes of values"),
        ({"x.a.npy": bytes(200)}, "x is damaged: the magic string"),
        ({"x.a.npy": b""}, r"x\.a\.npy has 0 bytes"),
        ({"x.c.npy": encode(np.zeros(1))}, r"'x\.c\.npy' is not in the manifest"),
        ({"z\n.a.npy": b"1"}, r"'z\\n\.a\.npy' is not in the manifest"),
    ],
)
def test_what_is_not_as_announced_is_named(tmp_path, change, message):
    path = tmp_path / "a.tar"
    write(path, members() | change)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_an_object_array_is_not_unpickled(tmp_path):
    content = io.BytesIO()
    np.save(content, np.array([print], object), allow_pickle=True)
    path = tmp_path / "a.tar"
    write(path, members() | {"x.a.npy": content.getvalue()})
    with pytest.raises(DataError, match="x is damaged: it says that it is object"):
        read(path)


def test_a_record_that_is_missing_is_named(tmp_path):
    path = tmp_path / "a.tar"
    write(path, members() | {"y.b.npy": encode(np.zeros(3, np.int16))})
    content = members()
    del content["y.b.npy"]
    write(path, content)
    with pytest.raises(DataError, match=r"a\.tar is cut short: no record y"):
        read(path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to nothing", "missing"])
def test_only_regular_files_are_read(tmp_path, kind):
    path = tmp_path / "a.tar"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.symlink_to("/dev/zero" if kind == "device" else tmp_path / "nothing")
    message = {"folder": "is a folder", "link to nothing": "link to nothing", "missing": "missing"}
    with pytest.raises(DataError, match=message.get(kind, "is a pipe, a device or a socket")):
        read(path)
