"""The temporary folder of a process: its own, and gone, however the process ends."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from crossmodal.demo.own_folder import PREFIX, make_own_folder, sweep

HOLD = """
import sys, tempfile
from crossmodal.demo.own_folder import make_own_folder
with make_own_folder() as folder:
    (folder / "upload").write_bytes(b"me")
    tempfile.NamedTemporaryFile(delete=False).write(b"me too")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def hold(place):
    """Start a process that has a folder of its own; it, and the folder."""
    started = []

    def hold():
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(place)},
        )  # fmt: skip
        started.append(process)
        return process, place / process.stdout.readline().strip()

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def test_it_is_private_and_gone_afterwards(place):
    with make_own_folder() as folder:
        assert folder.parent == place and f"{PREFIX}{os.getpid()}-" in folder.name
        assert folder.stat().st_mode & 0o777 == 0o700
        assert tempfile.gettempdir() == str(folder)
        (folder / "upload").touch()
    assert list(place.iterdir()) == [] and tempfile.gettempdir() == str(place)


def test_what_a_killed_process_left_is_swept_by_the_next(hold, place):
    killed, left = hold()
    living, kept = hold()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert len(list(left.iterdir())) == 2
    with make_own_folder() as own:
        assert sorted(place.iterdir()) == sorted([kept, own])
        assert len(list(kept.iterdir())) == 2
    living.communicate("")
    assert list(place.iterdir()) == []


def test_a_process_with_the_id_of_a_killed_one_saves_nothing(place):
    (place / f"{PREFIX}{os.getpid()}-old").mkdir()
    sweep()
    assert list(place.iterdir()) == []


def test_only_own_folders_are_swept(place, tmp_path_factory, monkeypatch):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "file").touch()
    (place / f"{PREFIX}1-link").symlink_to(outside)
    (place / f"{PREFIX}2-file").touch()
    (place / "other").mkdir()
    held = place / f"{PREFIX}3-held"
    held.mkdir()
    (held / "link").symlink_to(outside)
    before = sorted(set(place.iterdir()) - {held})
    sweep()
    assert sorted(place.iterdir()) == before and (outside / "file").exists()
    held.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: held.stat().st_uid + 1)
    sweep()
    assert held.is_dir(), "another user's"
