"""Changed code is found before anything has run, and makes just the stages stale that use it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows import lockfile
from flows.code import compare, find_changes
from flows.why import find_reasons
from flows.workspace import Workspace
from pipeline.closure import find_closure
from tests.flows.toy import CONFIG

STAGE = """from pathlib import Path
from crossmodal.{used} import text
from pipeline import stage

def main():
    Path("{name}.txt").write_text(text)

stage.run(main)
"""


@pytest.fixture
def coded(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two stages beside `fingerprint`, each with a module of the library."""
    for path in find_closure("pipeline.fingerprint", project):
        put(tmp_path / path, (project / path).read_text())
    put(tmp_path / "src/crossmodal/__init__.py", "")  # not in the closure: it holds no code
    stages = {"fingerprint": (["src", "pipeline", "requirements.lock"], "data/code")}
    for name, used in (("one", "ink"), ("two", "pen")):
        put(tmp_path / f"pipeline/{name}.py", STAGE.format(name=name, used=used))
        put(tmp_path / f"src/crossmodal/{used}.py", f"text = '{used}'\n")
        stages[name] = ([f"data/code/{name}"], f"{name}.txt")
    put(tmp_path / "requirements.lock", "torch==1\n")
    put(tmp_path / "params.yaml", "{}\n")
    put(tmp_path / ".dvc/config", CONFIG)
    shutil.copy(project / ".dvcignore", tmp_path)
    entries = {
        name: {"cmd": f"{sys.executable} -m pipeline.{name}", "deps": deps, "outs": [out]}
        for name, (deps, out) in stages.items()
    }
    put(tmp_path / "dvc.yaml", yaml.safe_dump({"stages": entries}, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    return tmp_path


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def repro(*arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", "repro", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def ran(said: str) -> set[str]:
    return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


@pytest.mark.slow
def test_plain_repro_runs_what_uses_a_changed_file_and_all_say_so_before(coded):
    assert ran(repro()) == {"fingerprint", "one", "two"}
    workspace = Workspace(coded)
    assert find_reasons(workspace) == []
    put(coded / "src/crossmodal/pen.py", "text = 'pencil'\n")
    look_ahead(workspace)
    assert ran(repro("one")) == {"fingerprint"}  # written down, and `one` is as it was
    look_ahead(workspace)  # `two` is still what it was
    assert ran(repro()) == {"two"}
    assert Path("two.txt").read_text() == "pencil"
    put(coded / "src/crossmodal/unused.py", "text = 'nobody'\n")
    assert find_reasons(workspace) == []
    assert ran(repro()) == {"fingerprint"}


def look_ahead(workspace: Workspace) -> None:
    """What is said of the changed file, by each command that looks ahead, in a new process."""
    project = Path(lockfile.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{project}{os.pathsep}{project / 'src'}"}
    for module, code in (("flows.why", 0), ("flows.check_lock", 1), ("flows.run_graph", 0)):
        # From elsewhere: the toy has a package `pipeline` of its own.
        script = (
            f"import os, sys; import {module}; os.chdir({str(workspace.folder)!r});"
            f"sys.argv[1:] = {['--dry-run'] if module == 'flows.run_graph' else []};"
            f"sys.exit({module}.main())"
        )
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
        shown = done.stdout + done.stderr
        assert done.returncode == code, shown
        assert "src/crossmodal/pen.py" in shown and "two" in shown
        assert "src/crossmodal/ink.py" not in shown


def test_added_and_removed_files_are_changes_too(tmp_path):
    workspace = Workspace(tmp_path)
    old, new = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "5"}
    found = [(c.path, c.before, c.after) for c in compare(workspace, "stage", old, new)]
    assert found == [("b", "2", "4"), ("c", "3", "-"), ("d", "-", "5")]


def test_without_cache_and_git_the_stage_is_named_all_the_same(tmp_path):
    (change,) = compare(Workspace(tmp_path), "stage", None, {"a": "1"})
    assert change.stage == "stage" and "any more" in change.path


def test_a_project_without_fingerprints_has_no_changed_code(tmp_path):
    assert find_changes(Workspace(tmp_path), {"one": {"deps": []}}) == []
