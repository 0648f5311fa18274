"""A cache is made once and whole, or not at all; damage and a full disk are told."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from crossmodal.data.skipmodal import array_cache
from crossmodal.data.skipmodal.array_cache import CHECKSUMS, find_damage, open_arrays
from crossmodal.errors import DataError, UserError

SHAPES = {"mel": (7, 3), "linear": (7, 5)}


def fill(arrays):
    for number, array in enumerate(arrays.values()):
        array[:] = np.arange(array.size).reshape(array.shape) + number


def never(arrays):
    raise AssertionError("it is made already")


def assert_whole(arrays):
    assert np.array_equal(arrays["mel"], np.arange(21).reshape(7, 3))
    assert np.array_equal(arrays["linear"], 1 + np.arange(35).reshape(7, 5))


def test_it_is_made_once(tmp_path):
    assert_whole(open_arrays(tmp_path / "a/b", SHAPES, fill))
    assert_whole(open_arrays(tmp_path / "a/b", SHAPES, never))
    assert list(find_damage(tmp_path)) == []


def test_one_without_checksums_is_made_again(tmp_path):
    open_arrays(tmp_path / "a", SHAPES, fill)
    (tmp_path / "a" / CHECKSUMS).unlink()
    assert_whole(open_arrays(tmp_path / "a", SHAPES, fill))


def test_every_flipped_bit_is_found_and_cheap_damage_at_once(tmp_path):
    open_arrays(tmp_path / "a", SHAPES, fill)
    path = tmp_path / "a/linear"
    content = path.read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        assert list(find_damage(tmp_path)) == [path]
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match=rf"{path.parent} is damaged: delete it"):
        open_arrays(tmp_path / "a", SHAPES, never)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match=rf"{path.parent} is damaged: delete it"):
        open_arrays(tmp_path / "a", SHAPES, never)
    (tmp_path / "a" / CHECKSUMS).write_text("[]")
    assert list(find_damage(tmp_path)) == [path.parent / CHECKSUMS]


def test_of_two_that_make_it_one_waits(tmp_path):
    started, going = threading.Event(), threading.Event()
    made = []

    def slow(arrays):
        started.set()
        going.wait()
        fill(arrays)

    first = threading.Thread(target=open_arrays, args=(tmp_path / "a", SHAPES, slow))
    second = threading.Thread(
        target=lambda: made.append(open_arrays(tmp_path / "a", SHAPES, never))
    )
    first.start()
    started.wait()
    second.start()
    second.join(0.2)
    assert second.is_alive() and not made
    going.set()
    first.join(), second.join()
    assert_whole(made[0])


def test_leftovers_of_killed_processes_are_swept_and_of_living_ones_not(tmp_path):
    # A killed process leaves its folder; this one holds its lock while it makes another.
    for name in (".tmp-killed", ".tmp-train-0-1234"):
        (tmp_path / name).mkdir()

    def inner(arrays):
        open_arrays(tmp_path / "second", SHAPES, fill)
        assert (tmp_path / ".tmp-first").is_dir()
        fill(arrays)

    assert_whole(open_arrays(tmp_path / "first", SHAPES, inner))
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["first", "second"]


KILLED = """
import os, signal, sys
from pathlib import Path
from crossmodal.data.skipmodal.array_cache import open_arrays
open_arrays(Path(sys.argv[1]), {"a": (9,)}, lambda arrays: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_after_a_kill_it_is_made_as_if_nothing_had_been(tmp_path, project):
    environment = os.environ | {"PYTHONPATH": str(project / "src")}
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a")]
    assert subprocess.run(command, env=environment).returncode == -9
    assert (tmp_path / ".tmp-a").is_dir()
    assert_whole(open_arrays(tmp_path / "a", SHAPES, fill))
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_line_before_anything_is_written(tmp_path, monkeypatch, code):
    def full(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(UserError, match=r"need 0\.0 MB in .*: make room, then start again"):
        open_arrays(tmp_path / "a", SHAPES, never)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


@pytest.mark.parametrize("lacking", [None, errno.EOPNOTSUPP])
def test_where_room_cannot_be_reserved_it_is_written(tmp_path, monkeypatch, lacking):
    def refuse(*arguments):
        raise OSError(lacking, os.strerror(lacking))

    if lacking is None:
        monkeypatch.delattr(os, "posix_fallocate")
    else:
        monkeypatch.setattr(os, "posix_fallocate", refuse)
    monkeypatch.setattr(array_cache, "CHUNK", 8)
    assert_whole(open_arrays(tmp_path / "a", SHAPES, fill))


def test_a_disk_that_is_really_full(tmp_path):
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    try:
        with pytest.raises(UserError, match=r"need 4\.2 MB in .*, where 1\.0 MB are free"):
            open_arrays(tmp_path / "a", {"a": (2**22,)}, never)
        assert not [path for path in Path(tmp_path).iterdir() if path.is_dir()]
        open_arrays(tmp_path / "b", {"a": (2**19,)}, lambda arrays: arrays["a"].fill(1))
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
