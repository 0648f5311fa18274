"""What is put in use is what GTO and DVC find by its tags, whatever a person's Git is set to."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from gto.api import show

from crossmodal.errors import UserError
from crossmodal.files import write_text
from flows.registry import find_models, put_in_use
from flows.workspace import Workspace
from pipeline.git import run_git
from tests.flows.toy import Toy

STAGE = "in-use"
# A folder with two models, of which one alone depends on the value; and a file.
WORK = """
import pathlib, yaml
value = yaml.safe_load(open("params.yaml"))["value"]
for name, held in (("vae", value), ("direct", "always")):
    pathlib.Path("bundles/double", name).mkdir(parents=True, exist_ok=True)
    pathlib.Path("bundles/double", name, "model.json").write_text(str(held))
pathlib.Path("bundles/run.txt").write_text("run")
"""
STAGES = {
    "stages": {
        "export": {
            "cmd": f"{sys.executable} work.py",
            "params": ["value"],
            "outs": ["bundles/double", "bundles/run.txt"],
        }
    },
    "artifacts": {
        "double-vae": {"path": "bundles/double/vae", "type": "model"},
        "double-direct": {"path": "bundles/double/direct"},
        "run": {"path": "bundles/run.txt"},
        "not-made": {"path": "bundles/double/none"},
    },
}


def make_project(root: Path) -> Toy:
    """A DVC project of one stage; its folder may be a part of a repository."""
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (root / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (root / ".gitignore").write_text("/bundles\n")
    (root / "work.py").write_text(WORK)
    (root / "dvc.yaml").write_text(yaml.safe_dump(STAGES))
    return Toy(root)


def run(toy: Toy, value: int) -> str:
    """Run the stage with a value; returns the commit."""
    (toy.root / "params.yaml").write_text(f"value: {value}\n")
    toy.dvc("repro", "--quiet")
    return commit(toy)


def record(toy: Toy, value: int) -> str:
    """Write what DVC records of such a run, at once; returns the commit."""
    files = {"vae/model.json": str(value), "direct/model.json": "always"}
    listed = json.dumps([{"relpath": path, "md5": md5(text)} for path, text in files.items()])
    write_text(toy.root / f".dvc/cache/files/md5/{md5(listed)[:2]}/{md5(listed)[2:]}.dir", listed)
    outs = {"bundles/double": f"{md5(listed)}.dir", "bundles/run.txt": md5("run")}
    entry = {"cmd": "x", "outs": [{"path": path, "md5": md5} for path, md5 in outs.items()]}
    text = yaml.safe_dump({"schema": "2.0", "stages": {"export": entry}})
    write_text(toy.root / "dvc.lock", text)
    return commit(toy)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def commit(toy: Toy) -> str:
    run_git(toy.root, "add", "-A")
    run_git(toy.root, "commit", "-qm", "Go on")
    return run_git(toy.root, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path, git_settings, monkeypatch) -> Toy:
    """A whole repository, whose cache is found without asking DVC."""
    run_git(tmp_path, "init", "-q")
    monkeypatch.setattr(Workspace, "find_cache", lambda self: tmp_path / ".dvc/cache")
    return make_project(tmp_path)


def tags(toy: Toy) -> set[str]:
    return set(run_git(toy.root, "tag").splitlines())


def fetch(toy: Toy, name: str, *how: str) -> str:
    """What `dvc artifacts get` brings of a model to another place."""
    with tempfile.TemporaryDirectory() as folder:
        got = Path(folder) / "got"
        command = [sys.executable, "-m", "dvc", "artifacts", "get", "-o", str(got)]
        command += [str(toy.root), name, *how]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return (got / "model.json" if got.is_dir() else got).read_text()


def versions(toy: Toy) -> dict[str, str]:
    """Model -> the version that `gto show` has in the column of the stage."""
    rows = show(str(toy.root))
    return {name: row["stage"].get(STAGE) for name, row in rows.items() if row["version"]}


@pytest.mark.slow
def test_each_promotion_registers_what_is_new_and_nothing_else(project):
    first = run(project, 1)
    assert put_in_use(project.workspace, first, STAGE) == ["double-direct", "double-vae", "run"]
    names = {"double-direct", "double-vae", "run"}
    assert tags(project) == {f"{n}{t}" for n in names for t in ("@v0.0.1", f"#{STAGE}#1")}
    assert put_in_use(project.workspace, first, STAGE) == []
    second = run(project, 2)
    assert put_in_use(project.workspace, second, STAGE) == ["double-vae"]
    assert put_in_use(project.workspace, second, STAGE) == []
    assert versions(project) == {"double-direct": "v0.0.1", "double-vae": "v0.0.2", "run": "v0.0.1"}
    assert fetch(project, "double-vae") == fetch(project, "double-vae", "--stage", STAGE) == "2"
    assert fetch(project, "double-vae", "--rev", "v0.0.1") == "1"
    assert fetch(project, "double-direct") == "always" and fetch(project, "run") == "run"
    # A commit in which nothing is new registers nothing.
    (project.root / "note").touch()
    before = tags(project)
    assert put_in_use(project.workspace, commit(project), STAGE) == []
    assert tags(project) == before


def test_a_version_that_comes_back_is_in_use_again(project):
    commits = [record(project, value) for value in (1, 2, 3)]
    for each in commits:
        put_in_use(project.workspace, each, STAGE)
    assert put_in_use(project.workspace, commits[0], STAGE) == ["double-vae"]
    assert put_in_use(project.workspace, commits[0], STAGE) == []
    assert versions(project)["double-vae"] == "v0.0.1"
    fourth = record(project, 4)
    assert put_in_use(project.workspace, fourth, STAGE) == ["double-vae"]
    assert versions(project)["double-vae"] == "v0.0.4"


def test_a_killed_registration_is_finished(project):
    first = record(project, 1)
    put_in_use(project.workspace, first, STAGE)
    second = record(project, 2)
    put_in_use(project.workspace, second, STAGE)
    whole = tags(project)
    for left in (f"double-vae#{STAGE}#2",), (f"double-vae#{STAGE}#2", "double-vae@v0.0.2"):
        run_git(project.root, "tag", "-d", *left)
        assert put_in_use(project.workspace, second, STAGE) == ["double-vae"]
        assert versions(project)["double-vae"] == "v0.0.2"
    assert whole <= tags(project)


def test_versions_of_a_person_are_gone_on_from(project):
    first = record(project, 1)
    run_git(project.root, "tag", "-am", "mine", "double-vae@v1.4.0")
    assert "double-vae" in put_in_use(project.workspace, first, STAGE)
    assert versions(project)["double-vae"] == "v1.4.0"
    put_in_use(project.workspace, record(project, 2), STAGE)
    assert versions(project)["double-vae"] == "v1.4.1"
    run_git(project.root, "tag", "-am", "withdrawn", "double-vae@v1.4.1!")
    put_in_use(project.workspace, record(project, 3), STAGE)
    assert versions(project)["double-vae"] == "v1.4.2"


def test_signing_and_hooks_do_not_stop_it(project, git_settings):
    first = record(project, 1)
    git_settings(("tag.gpgSign", "true"), ("tag.forceSignAnnotated", "true"))
    git_settings(("gpg.program", "false"), ("commit.gpgSign", "true"), ("user.name", ""))
    hook = project.root / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert len(put_in_use(project.workspace, first, STAGE)) == 3
    who = run_git(project.root, "for-each-ref", "--format=%(taggername) %(objecttype)", "refs/tags")
    assert set(who.splitlines()) == {"crossmodal retrain tag"}


@pytest.mark.slow
def test_a_project_in_a_part_of_a_repository(tmp_path, git_settings):
    run_git(tmp_path, "init", "-q")
    toy = make_project(tmp_path / "some/part")
    first = run(toy, 1)
    assert "some/part:double-vae" in put_in_use(toy.workspace, first, STAGE)
    assert put_in_use(toy.workspace, first, STAGE) == []
    assert "some/part=double-vae@v0.0.1" in tags(toy)
    assert fetch(Toy(tmp_path), "some/part:double-vae", "--stage", STAGE) == "1"


@pytest.mark.parametrize(
    ("name", "stage"), [("double.vae", STAGE), ("vae", "in.use"), ("vae", "x y"), ("v e", STAGE)]
)
def test_a_name_that_no_tag_can_have_is_refused_before_anything_is_made(project, name, stage):
    values = {**STAGES, "artifacts": {name: {"path": "bundles/run.txt"}}}
    (project.root / "dvc.yaml").write_text(yaml.safe_dump(values))
    record(project, 1)
    with pytest.raises(UserError, match=r"registry takes no such name: Invalid value") as refused:
        find_models(project.workspace, "HEAD", stage)
    assert "\n" not in str(refused.value)


def test_without_models_nothing_is_registered(project):
    (project.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES["stages"]}))
    first = record(project, 1)
    assert find_models(project.workspace, first, "any name") == {}
    assert put_in_use(project.workspace, first, STAGE) == [] and tags(project) == set()
