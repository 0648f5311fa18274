"""A checkpoint is found again by the same code, settings and inputs, and by no others."""

import shutil

import pytest

from pipeline import checkpoints
from pipeline.checkpoints import open_checkpoint

MODULE = "pipeline.mapping.train_autoencoder"


@pytest.fixture
def copy(project, tmp_path, monkeypatch):
    """A copy of the code; the folder for checkpoints is beside it."""
    folder = tmp_path / "project"
    for name in ("src", "pipeline"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(project / name, folder / name, ignore=ignored)
    shutil.copy(project / "requirements.lock", folder)
    monkeypatch.setattr(checkpoints, "PROJECT", folder)
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", tmp_path / "checkpoints")
    (tmp_path / "shards").write_text("1")
    return folder


def name_of(copy, settings=1):
    checkpoints.hash_code.cache_clear()
    path = open_checkpoint(MODULE, "double-mlp_ae-0", settings, copy.parent / "shards").path
    return path.name


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ("pipeline/mapping/train_autoencoder.py", True),
        ("pipeline/stage.py", True),
        ("src/crossmodal/train/mapping/autoencoder.py", True),
        ("src/crossmodal/models/mapping/convolution.py", True),
        ("requirements.lock", True),
        ("pipeline/skipmodal/train_skipmodal.py", False),
        ("src/crossmodal/models/skipmodal/network.py", False),
        ("src/crossmodal/demo/server.py", False),
    ],
)
def test_the_stages_own_code_matters_and_no_other(copy, changed, matters):
    before = name_of(copy)
    assert name_of(copy) == before
    with (copy / changed).open("a") as file:
        file.write("# changed\n")
    assert (name_of(copy) != before) == matters


def test_settings_and_inputs_matter(copy):
    before = name_of(copy)
    assert name_of(copy, 2) != before
    (copy.parent / "shards").write_text("2")
    assert name_of(copy) != before


def test_what_killed_saves_left_is_removed(copy):
    folder = copy.parent / "checkpoints"
    folder.mkdir()
    kept = ["double-mlp_ae-0-" + "0" * 16 + ".pt", ".tmp-double-mlp_ae-1-" + "0" * 16 + ".pt"]
    for name in [*kept, ".tmp-double-mlp_ae-0-" + "a" * 16 + ".pt"]:
        (folder / name).touch()
    name_of(copy)
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)


def test_a_module_that_is_not_there_is_noticed(copy):
    with pytest.raises(AssertionError, match=r"no module pipeline\.train"):
        open_checkpoint("pipeline.train", "a", 1)


@pytest.mark.parametrize(
    "module", ["mapping.train_autoencoder", "skipmodal.train_cyclegan", "skipmodal.train_post_net"]
)
def test_stages_name_their_own_module(project, module):
    source = (project / "pipeline" / module.replace(".", "/")).with_suffix(".py").read_text()
    assert f'MODULE = "pipeline.{module}"' in source
