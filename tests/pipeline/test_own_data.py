"""A copy of the project finds what lies in data/own, but what Git brought it comes first."""

import pytest
import yaml

from crossmodal.config.own_input import NOTHING
from crossmodal.errors import ParameterError
from crossmodal.files import write_text
from pipeline.check_params import check
from pipeline.own_data import share_own_data


@pytest.fixture
def folders(tmp_path):
    project, copy = tmp_path / "project", tmp_path / "copy"
    for name in ("photos/a.jpg", "notes.csv", ".gitignore", "speech/a.wav"):
        write_text(project / "data/own" / name, name)
    write_text(copy / "data/own/speech.dvc", "outs: []")
    return project, copy


def test_what_git_does_not_bring_is_linked(folders):
    project, copy = folders
    assert share_own_data(project, copy) == ["data/own/speech.dvc"]
    own = copy / "data/own"
    assert sorted(path.name for path in own.iterdir()) == [
        "none", "notes.csv", "photos", "speech.dvc"
    ]  # fmt: skip
    assert (own / "photos/a.jpg").read_text() == "photos/a.jpg"
    assert not list((copy / NOTHING).iterdir())


def test_a_second_time_what_is_gone_goes(folders):
    project, copy = folders
    share_own_data(project, copy)
    (project / "data/own/notes.csv").unlink()
    write_text(copy / "data/own/mine.csv", "made in the copy")
    share_own_data(project, copy)
    assert sorted(path.name for path in (copy / "data/own").iterdir()) == [
        "mine.csv", "none", "photos", "speech.dvc"
    ]  # fmt: skip


def test_what_is_missing_is_named_before_any_work(project, tmp_path):
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["shard_captions"]["folder"] = str(tmp_path / "gone")
    values["fetch_mnist"]["folder"] = "data/own/gone"
    with pytest.raises(ParameterError) as error:
        check(values)
    lines = str(error.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["fetch_mnist.folder", "shard_captions.folder"]
    assert all("is missing" in line for line in lines)


def test_sentences_that_nobody_would_hear_are_refused(project, tmp_path):
    values = yaml.safe_load((project / "params.yaml").read_text())
    (tmp_path / "own.txt").write_text("a dog\n")
    values["speak_sentences"]["sentences"] = str(tmp_path / "own.txt")
    check(values)
    values["shard_speech"]["folder"] = str(tmp_path)
    with pytest.raises(
        ParameterError, match=r"shard_speech\.folder is .*; allowed: data/sentences"
    ):
        check(values)
