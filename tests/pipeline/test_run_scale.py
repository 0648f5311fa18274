import shutil
import subprocess

import pytest
import yaml
from dvc.utils.serialize import load_yaml

from crossmodal.config.own_input import NOTHING
from crossmodal.errors import ParameterError, UserError
from pipeline import run_scale
from pipeline.check_params import Parameters
from pipeline.run_scale import merge, overwrite_params, prepare_workspace


@pytest.fixture
def clone(project, tmp_path, monkeypatch):
    """The project as a repository of its own, with the work tree's files."""
    monkeypatch.chdir(project)
    for path in run_scale.list_files():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(folder):
    files = [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts]
    return {p: p.read_bytes() for p in files if ".scales" not in p.relative_to(folder).parts}


def test_merge_changes_only_what_the_scale_names():
    base = {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [1, 2]}
    assert merge(base, {"a": {"c": {"d": 9}}, "f": [3]}, "x") == {
        "a": {"b": 1, "c": {"d": 9, "e": 3}},
        "f": [3],
    }
    assert base["a"]["c"]["d"] == 2
    with pytest.raises(ParameterError, match="x: a: z is an unknown key; allowed: b, c"):
        merge(base, {"a": {"z": 1}}, "x")


@pytest.mark.parametrize("scale", ["smoke", "paper", "skipmodal", "additions", "real", "device"])
def test_a_scale_has_valid_params_and_leaves_the_project_alone(clone, scale, monkeypatch):
    monkeypatch.setenv("CROSSMODAL_REAL_DATA", "/somewhere: else")
    monkeypatch.setenv("CROSSMODAL_DEVICE", "cuda")
    monkeypatch.setenv("CROSSMODAL_PRECISION", "bfloat16")
    before = snapshot(clone)
    workspace = prepare_workspace(scale)
    assert snapshot(clone) == before
    params = yaml.safe_load((workspace / "params.yaml").read_text())
    skipmodal = Parameters.parse(params, "").skipmodal
    assert all(skipmodal.settle(run) for run in skipmodal.runs.networks)
    assert params != yaml.safe_load((clone / "params.yaml").read_text())
    assert load_yaml(workspace / "params.yaml") == params, "another reading would hash differently"
    assert (params["shard_captions"]["folder"] == "/somewhere: else/coco") == (scale == "real")
    assert (workspace / "dvc.yaml").read_bytes() == (clone / "dvc.yaml").read_bytes()
    assert not (workspace / "metrics").exists()
    assert [str(path.relative_to(workspace)) for path in workspace.glob("data/**/*")] == [
        "data/own",
        NOTHING,
    ]
    assert "dir = ../../../.dvc/cache" in (workspace / ".dvc/config.local").read_text()


def test_a_scale_that_extends_another_trains_as_it_does(clone):
    extended, own = (run_scale.load_params(scale) for scale in ("skipmodal", "additions"))
    runs = own["skipmodal"].pop("runs")
    changed = own["skipmodal"]["variants"].pop("without_freeze_texts")
    assert changed["training"]["running"]["steps"] < 850
    assert runs["all"] == runs["networks"] and "ours-0" in extended["skipmodal"].pop("runs")["all"]
    extended["skipmodal"]["variants"].pop("without_freeze_texts")
    assert own == extended


@pytest.mark.parametrize("extended", ["tiny", "additions", ""])
def test_a_scale_extends_another_one_that_exists(clone, extended):
    path = clone / "scales/additions.yaml"
    path.write_text(path.read_text().replace("extends: skipmodal", f"extends: '{extended}'"))
    others = ", ".join(each for each in run_scale.list_scales() if each != "additions")
    assert others.endswith("real, skipmodal, smoke")
    reason = f"extends: {extended} is none of {others}"
    with pytest.raises(ParameterError, match=reason):
        prepare_workspace("additions")
    assert not (clone / ".scales").exists()


def test_two_scales_do_not_extend_each_other(clone):
    path = clone / "scales/skipmodal.yaml"
    path.write_text(f"extends: additions\n{path.read_text()}")
    with pytest.raises(ParameterError, match=r"extends: additions is none of .*real, smoke"):
        prepare_workspace("additions")


def test_edits_and_deletions_reach_the_workspace_and_results_stay(clone):
    workspace = prepare_workspace("smoke")
    (workspace / "dvc.lock").write_text("kept")
    (clone / "pipeline/stage.py").write_text("# edited, not committed")
    (clone / "src/crossmodal/errors.py").unlink()
    prepare_workspace("smoke")
    assert (workspace / "pipeline/stage.py").read_text() == "# edited, not committed"
    assert not (workspace / "src/crossmodal/errors.py").exists()
    assert (workspace / "dvc.lock").read_text() == "kept"


def test_the_papers_sizes(clone):
    params = yaml.safe_load((prepare_workspace("paper") / "params.yaml").read_text())
    images = params["synthesize_images"]
    training = 100 - len(images["held_out"])
    assert images["counts"]["double"]["train_per_pair"] * training == 84_000
    assert images["counts"]["colored"]["train_per_pair"] * training == 336_000
    assert images["counts"]["double"]["held_out_per_pair"] * len(images["held_out"]) == 16_000
    assert images["counts"]["colored"]["held_out_per_pair"] * len(images["held_out"]) == 64_000


def commit(folder):
    person = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    command = ["git", "-C", folder, *person, "commit", "-qam", "Commit", "--allow-empty"]
    subprocess.run(command, check=True)


def test_a_scale_in_place_changes_the_parameters_alone(clone):
    commit(clone)
    before = snapshot(clone)
    overwrite_params("smoke")
    after = snapshot(clone)
    assert {path for path in after if after[path] != before.get(path)} == {clone / "params.yaml"}
    small = (prepare_workspace("smoke") / "params.yaml").read_bytes()
    assert (clone / "params.yaml").read_bytes() == small
    commit(clone)
    overwrite_params("smoke")
    assert (clone / "params.yaml").read_bytes() == small


@pytest.mark.parametrize("state", ["edited", "not committed", "no repository"])
def test_parameters_that_git_does_not_have_are_not_overwritten(clone, state):
    if state == "edited":
        commit(clone)
        (clone / "params.yaml").write_text((clone / "params.yaml").read_text() + "# mine\n")
    if state == "no repository":
        shutil.rmtree(clone / ".git")
    before = snapshot(clone)
    with pytest.raises(UserError, match=r"params\.yaml would be lost: commit it first"):
        overwrite_params("smoke")
    assert snapshot(clone) == before
