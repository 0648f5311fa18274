"""A checkpoint comes back as it was saved, or is set aside with a line: never something else."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.errors import UserError
from crossmodal.train.checkpoint import Checkpoint
from tests.src.train.toys import assert_same

STATE = {"weights": torch.arange(6.0).reshape(2, 3), "rows": [{"step": 1, "loss": None}], "best": 0}


@pytest.fixture
def checkpoint(tmp_path):
    made = Checkpoint(tmp_path / "a-0123.pt")
    made.save(STATE)
    return made


def test_comes_back_as_it_was_saved(checkpoint):
    assert_same(checkpoint.load(), STATE)
    checkpoint.save(STATE | {"best": 1})
    assert checkpoint.load()["best"] == 1
    checkpoint.remove()
    assert checkpoint.load() is None
    assert not list(checkpoint.path.parent.iterdir())


def assert_set_aside(checkpoint, capsys):
    assert checkpoint.load() is None
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1 and str(checkpoint.path) in errors
    assert "kept as unreadable-a-0123.pt, the training starts anew" in errors
    (left,) = checkpoint.path.parent.iterdir()
    assert left.name == "unreadable-a-0123.pt"
    checkpoint.save(STATE)  # the next one is saved in its place
    assert_same(checkpoint.load(), STATE)


@settings(max_examples=200)
@given(data=st.data())
def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path_factory, data):
    checkpoint = Checkpoint(tmp_path_factory.mktemp("flipped") / "a-0123.pt")
    checkpoint.save(STATE)
    content = bytearray(checkpoint.path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    checkpoint.path.write_bytes(content)
    assert checkpoint.load() is None
    assert (checkpoint.path.parent / "unreadable-a-0123.pt").read_bytes() == content


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "device", "of torch alone"])
def test_what_is_no_checkpoint_is_set_aside(checkpoint, capsys, kind):
    path = checkpoint.path
    path.unlink()
    if kind == "folder":
        (path / "inner").mkdir(parents=True)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "of torch alone":
        torch.save(STATE, path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "nothing")
    assert_set_aside(checkpoint, capsys)


def test_one_that_may_not_be_read_is_set_aside(checkpoint, capsys, monkeypatch):
    def refuse(path, *arguments):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert checkpoint.load() is None
    assert "Permission denied" in capsys.readouterr().err
    assert (checkpoint.path.parent / "unreadable-a-0123.pt").is_file()


def test_one_that_cannot_be_set_aside_says_so(checkpoint, monkeypatch):
    def refuse(path, target):
        raise PermissionError(13, "Permission denied", str(path))

    checkpoint.path.write_bytes(b"")
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(UserError, match=r"is no checkpoint; nor can it be set aside: .*delete it"):
        checkpoint.load()


def test_a_failed_save_keeps_the_last_state(checkpoint, monkeypatch):
    monkeypatch.setattr(Path, "replace", None)
    with pytest.raises(TypeError):
        checkpoint.save(STATE | {"best": 1})
    monkeypatch.undo()
    assert_same(checkpoint.load(), STATE)
    assert [path.name for path in checkpoint.path.parent.iterdir()] == ["a-0123.pt"]
