"""What people bring is a dep: whatever changes in it is noticed, named, and retrained on."""

import shutil
from pathlib import Path

import pytest
import yaml
from prefect.artifacts import Artifact

from flows.retrain import retrain
from flows.run_graph import run_graph
from flows.why import find_reasons
from tests.flows.test_retrain import git
from tests.flows.toy import Toy, make_toy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

READ = """
import json, pathlib, sys
out, *deps = map(pathlib.Path, sys.argv[1:])
files = [p for dep in deps for p in ([dep] if dep.is_file() else sorted(dep.iterdir()))]
text = "".join(file.read_text() for file in files)
out.write_text(text)
if out.stem == "train":
    pathlib.Path("metrics").mkdir(exist_ok=True)
    pathlib.Path("metrics/m.json").write_text(json.dumps({"length": len(text)}))
"""


@pytest.fixture
def toy(tmp_path, monkeypatch) -> Toy:
    """Two chains of stages; `read` reads a folder that a parameter names."""
    toy = make_toy(tmp_path / "toy", {"read": [], "train": ["read"], "other": []})
    (toy.root / "work.py").write_text(READ)
    content = yaml.safe_load((toy.root / "dvc.yaml").read_text())
    content["stages"]["read"]["deps"].append("${read.folder}")
    content["stages"]["read"]["cmd"] += " ${read.folder}"
    content["stages"]["train"]["metrics"] = [{"metrics/m.json": {"cache": False}}]
    (toy.root / "dvc.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    monkeypatch.chdir(toy.root)
    return toy


def name_folder(toy: Toy, folder: str) -> None:
    params = {name: {"value": 0} for name in toy.stages()}
    params["read"]["folder"] = folder
    guard = {"metric": "length", "better": "higher", "tolerance": 0.3}
    params["retrain"] = {"branch": "in-use", "guards": [guard]}
    (toy.root / "params.yaml").write_text(yaml.safe_dump(params))


@pytest.mark.parametrize("place", ["elsewhere", "data/own/notes", "tracked by DVC", "a link"])
def test_each_change_is_noticed_by_its_reader_alone(toy, tmp_path, place):
    own = tmp_path / "elsewhere" if place == "elsewhere" else toy.root / "data/own/notes"
    real = tmp_path / "real" if place == "a link" else own
    real.mkdir(parents=True)
    if place == "a link":
        own.parent.mkdir(parents=True)
        own.symlink_to(real)
    (real / "a.txt").write_text("a")
    (real / "b.txt").write_text("b")
    folder = str(own) if place == "elsewhere" else "data/own/notes"
    name_folder(toy, folder)
    if place == "tracked by DVC":
        toy.dvc("add", "data/own/notes")
    assert run_graph(return_state=True).is_completed()
    assert find_reasons(toy.workspace) == []

    for change, expected in (
        (lambda: (real / "a.txt").write_text("A"), "Ab"),
        (lambda: (real / "c.txt").write_text("c"), "Abc"),
        (lambda: (real / "b.txt").unlink(), "Ac"),
    ):
        change()
        reasons = find_reasons(toy.workspace)
        assert [(r.stage, r.what, r.after) for r in reasons] == [
            ("read", f"input {folder}", "modified")
        ]
        state = run_graph(return_state=True)
        assert state.is_completed() and f"changed: input {folder}" in state.message
        assert (toy.root / "train.txt").read_text() == expected
        assert find_reasons(toy.workspace) == []


def test_another_folder_is_not_given_what_the_first_one_gave(toy, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    for name in ("one", "two", "one"):
        name_folder(toy, str(tmp_path / name))
        # As in a fresh clone: only the run cache knows earlier runs.
        for path in (toy.root / "dvc.lock", toy.root / "read.txt"):
            path.unlink(missing_ok=True)
        toy.dvc("repro")
        assert (toy.root / "train.txt").read_text() == name


def test_a_folder_that_is_gone_is_named(toy, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a.txt").write_text("a")
    name_folder(toy, str(tmp_path / "one"))
    toy.dvc("repro")
    shutil.rmtree(tmp_path / "one")
    state = run_graph(return_state=True)
    assert state.is_failed() and state.message == f"read: input {tmp_path / 'one'} is missing"


@pytest.mark.parametrize("tracked", [False, True])
def test_retraining_reads_what_is_there_now_and_says_so(toy, tracked):
    own = toy.root / "data/own/notes"
    own.mkdir(parents=True)
    (own / "a.txt").write_text("a")
    name_folder(toy, "data/own/notes")
    toy.dvc("config", "core.no_scm", "false")
    ignored = "/*.txt\n/.retrain/\n/data/own/*\n!/data/own/*.dvc\n"
    (toy.root / ".gitignore").write_text(ignored)
    (toy.root / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    git(toy, "init", "-qb", "main")
    commit(toy, tracked)
    assert retrain(return_state=True).name == "Promoted"
    assert read_trained(toy) == "a"

    (own / "b.txt").write_text("b")
    commit(toy, tracked)
    state = retrain(return_state=True)
    assert state.name == "Promoted" and "new: input data/own/notes" in state.message
    assert "**Why:** input data/own/notes" in Artifact.get("retrain-diff").data
    assert read_trained(toy) == "ab"
    assert (own / "b.txt").read_text() == "b" and not own.is_symlink()


def commit(toy: Toy, tracked: bool) -> None:
    """What stands in the work tree; with DVC's own files where DVC tracks the folder."""
    if tracked:
        toy.dvc("add", "data/own/notes")
    git(toy, "add", "-A")
    git(toy, "commit", "--allow-empty", "-qm", "now")


def read_trained(toy: Toy) -> str:
    return Path(toy.root / ".retrain/train.txt").read_text()
