"""Retraining on generated repositories: what is promoted, what is refused, what stays."""

import subprocess

import pytest
import yaml
from gto.api import show
from prefect.artifacts import Artifact

from crossmodal.config.retrain import Guard
from flows.retrain import retrain
from flows.verdict import find_worse
from tests.flows.toy import Toy, make_toy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

TRAIN = """
import json, os, yaml
value = yaml.safe_load(open("params.yaml"))["train"]["value"]
os.makedirs("metrics", exist_ok=True)
open("metrics/m.json", "w").write(json.dumps({"text": {"psnr": value}}))
open("model.txt", "w").write(str(value))
"""


def git(toy: Toy, *arguments: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=toy.root, capture_output=True, text=True, check=True
    ).stdout.strip()


def commit_value(toy: Toy, value: float) -> None:
    guard = {"metric": "text.psnr", "better": "higher", "tolerance": 0.3}
    params = {"train": {"value": value}, "retrain": {"branch": "in-use", "guards": [guard]}}
    (toy.root / "params.yaml").write_text(yaml.safe_dump(params))
    git(toy, "add", "-A")
    git(toy, "commit", "-qm", f"value {value}")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Toy:
    toy = make_toy(tmp_path / "toy", {"train": []})
    (toy.root / "work.py").write_text(TRAIN)
    stages = yaml.safe_load((toy.root / "dvc.yaml").read_text())
    stages["stages"]["train"]["outs"] = ["model.txt"]
    stages["stages"]["train"]["metrics"] = [{"metrics/m.json": {"cache": False}}]
    stages["artifacts"] = {"model": {"path": "model.txt"}}
    (toy.root / "dvc.yaml").write_text(yaml.safe_dump(stages))
    toy.dvc("config", "core.no_scm", "false")
    (toy.root / ".gitignore").write_text("/model.txt\n/.retrain/\n")
    (toy.root / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    git(toy, "init", "-qb", "main")
    commit_value(toy, 15)
    monkeypatch.chdir(toy.root)
    return toy


def test_only_what_is_no_worse_takes_the_place_of_what_is_in_use(repository):
    before = git(repository, "status", "--porcelain")
    state = retrain(return_state=True)
    assert state.name == "Promoted" and state.message.endswith("; registered: model")
    first = git(repository, "rev-parse", "in-use")
    registered = ["model#in-use#1", "model@v0.0.1"]
    assert git(repository, "tag").splitlines() == registered
    assert git(repository, "rev-parse", "model@v0.0.1^{commit}") == first
    assert git(repository, "show", "in-use:metrics/m.json") == '{"text": {"psnr": 15}}'
    repository.dvc("get", "--rev", "in-use", "-o", "fetched.txt", ".", "model.txt")
    assert (repository.root / "fetched.txt").read_text() == "15"
    (repository.root / "fetched.txt").unlink()
    assert retrain(return_state=True).name == "Unchanged"
    git(repository, "tag", "-d", "model#in-use#1")  # as if the run had been killed before
    assert retrain(return_state=True).name == "Unchanged"
    assert git(repository, "tag").splitlines() == registered

    commit_value(repository, 14)
    state = retrain(return_state=True)
    assert state.name == "NotPromoted"
    assert "metrics/m.json: text.psnr 15 -> 14 (tolerance 0.3)" in state.message
    assert git(repository, "rev-parse", "in-use") == first
    assert git(repository, "tag").splitlines() == registered
    told = Artifact.get("retrain-diff").data
    assert "| metrics/m.json: text.psnr | 15 | 14 | -1 |" in told
    second = git(repository, "-C", ".retrain", "rev-parse", "HEAD")
    assert told.splitlines()[2:7] == [
        f"- **Retrained:** main, as {second[:9]}",
        "- **Why:** 1 new commits, the last: value 14",
        "- **Headline:** metrics/m.json: text.psnr 15 -> 14",
        "- **Guards:** metrics/m.json: text.psnr 15 -> 14 (tolerance 0.3)",
        f"- **In use:** no, in-use stays at {first[:9]}",
    ]

    commit_value(repository, 14.8)
    assert retrain(return_state=True).name == "Promoted"
    assert git(repository, "show", "in-use:metrics/m.json") == '{"text": {"psnr": 14.8}}'
    registered = ["model#in-use#1", "model#in-use#2", "model@v0.0.1", "model@v0.0.2"]
    assert git(repository, "tag").splitlines() == registered
    assert show(str(repository.root))["model"]["stage"] == {"in-use": "v0.0.2"}
    # The person's own work tree was left alone all along.
    assert git(repository, "status", "--porcelain") == before
    assert not (repository.root / "model.txt").exists()


def test_failing_graph_leaves_what_is_in_use(repository):
    assert retrain(return_state=True).name == "Promoted"
    first = git(repository, "rev-parse", "in-use")
    (repository.root / "work.py").write_text("raise SystemExit(3)")
    commit_value(repository, 16)
    state = retrain(return_state=True)
    assert state.is_failed() and "train failed" in state.message
    assert git(repository, "rev-parse", "in-use") == first


def test_a_model_that_cannot_be_registered_is_said_before_any_training(repository):
    stages = yaml.safe_load((repository.root / "dvc.yaml").read_text())
    stages["artifacts"] = {"my.model": {"path": "model.txt"}}
    (repository.root / "dvc.yaml").write_text(yaml.safe_dump(stages))
    commit_value(repository, 15)
    state = retrain(return_state=True)
    assert state.is_failed() and "takes no such name: Invalid value 'my.model'" in state.message
    assert not (repository.root / ".retrain/model.txt").exists()
    assert git(repository, "branch", "--list", "in-use") == git(repository, "tag") == ""


def test_unknown_revision_is_said_plainly(repository):
    state = retrain("no-such", return_state=True)
    assert state.is_failed() and "git rev-parse" in state.message


def test_guards_know_both_directions_and_missing_metrics():
    higher = Guard(metric="psnr", better="higher", tolerance=0.5)
    lower = Guard(metric="loss", better="lower", tolerance=0.0)
    before = {"a.json: psnr": 15.0, "b.json: psnr": 15.0, "a.json: loss": 1.0, "c.json: loss": 1.0}
    after = {"a.json: psnr": 14.5, "b.json: psnr": 14.4, "a.json: loss": 1.1}
    assert find_worse((higher, lower), before, after) == [
        "b.json: psnr 15 -> 14.4 (tolerance 0.5)",
        "a.json: loss 1 -> 1.1 (tolerance 0)",
        "c.json: loss is gone",
    ]


def test_a_guard_holds_for_every_metric_that_ends_in_its_name_and_for_one_at_least():
    guard = Guard(metric="text.psnr", better="higher", tolerance=0.5)
    before = {"m.json: double.text.psnr": 15.0, "m.json: double.context.psnr": 15.0}
    assert find_worse((guard,), before, dict.fromkeys(before, 14.0)) == [
        "m.json: double.text.psnr 15 -> 14 (tolerance 0.5)"
    ]
    gone = Guard(metric="wer", better="lower", tolerance=0.5)
    assert "no metric wer" in find_worse((gone,), before, before)[0]
