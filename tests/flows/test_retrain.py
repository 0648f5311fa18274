"""Retraining on generated repositories: what is promoted, what is refused, what stays."""

import subprocess

import pytest
import yaml
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
    assert retrain(return_state=True).name == "Promoted"
    first = git(repository, "rev-parse", "in-use")
    assert git(repository, "show", "in-use:metrics/m.json") == '{"text": {"psnr": 15}}'
    repository.dvc("get", "--rev", "in-use", "-o", "fetched.txt", ".", "model.txt")
    assert (repository.root / "fetched.txt").read_text() == "15"
    (repository.root / "fetched.txt").unlink()
    assert retrain(return_state=True).name == "Unchanged"

    commit_value(repository, 14)
    state = retrain(return_state=True)
    assert state.name == "NotPromoted"
    assert "metrics/m.json: text.psnr 15 -> 14 (tolerance 0.3)" in state.message
    assert git(repository, "rev-parse", "in-use") == first
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
