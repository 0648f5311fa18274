"""Scales and retraining work with Git, folders and caches as people have them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from crossmodal.errors import UserError
from flows.gc import collect
from flows.retrain import check_promotion, commit_results, find_default, prepare_worktree
from flows.workspace import Workspace, find_project, list_workspaces
from pipeline.dvc import DVC, find_cache
from pipeline.git import run_git
from pipeline.run_scale import prepare_workspace
from tests.flows.toy import CONFIG, Toy, make_toy

pytestmark = pytest.mark.slow

IGNORED = "/*.txt\n/.scales/\n/.retrain/\n"


def make_project(folder: Path, no_scm: bool = False) -> Toy:
    """A toy with a scale, as an archive of a project has it."""
    toy = make_toy(folder, {"first": []})
    config = CONFIG if no_scm else CONFIG.replace("    no_scm = true\n", "")
    (folder / ".dvc/config").write_text(config)
    (folder / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (folder / ".dvcignore").touch()
    (folder / ".gitignore").write_text(IGNORED)
    for name, text in {"scales/small.yaml": "first: {value: 7}\n", "metrics/m.json": "1\n"}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    return toy


def commit_all(folder: Path, branch: str = "main") -> None:
    run_git(folder, "init", "-q", "-b", branch)
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "Begin")


@pytest.fixture
def project(tmp_path, git_settings, monkeypatch) -> Toy:
    """A committed project; the current folder."""
    toy = make_project(tmp_path / "toy")
    commit_all(toy.root)
    monkeypatch.chdir(toy.root)
    return toy


def retrain_once(revision: str = "main", value: str = "2\n") -> tuple[Workspace, str]:
    """What retraining does around the run of the graph; the work tree, and the new commit."""
    here = find_project()
    check_promotion(here, "in-use")
    worktree = prepare_worktree(here, revision)
    (worktree.folder / "metrics/m.json").write_text(value)
    return worktree, commit_results(worktree, revision)


def assert_committed(commit: str, value: str = "2\n") -> None:
    assert run_git(Path.cwd(), "show", f"{commit}:./metrics/m.json") == value.strip()
    assert run_git(Path.cwd(), "log", "-1", "--format=%an %s", commit).startswith("crossmodal")


def test_signing_hooks_and_line_ends_of_ones_own(project, git_settings):
    settings = {"commit.gpgSign": "true", "gpg.program": "false", "log.showSignature": "true"}
    git_settings(*settings.items(), ("core.autocrlf", "true"), ("core.safecrlf", "true"))
    project.dvc("install")
    for name in ("post-checkout", "pre-commit", "commit-msg", "reference-transaction"):
        hook = project.root / ".git/hooks" / name
        with hook.open("a") as file:
            file.write("#!/bin/sh\nexit 1\n" if file.tell() == 0 else "exit 1\n")
        hook.chmod(0o755)
    worktree, commit = retrain_once()
    assert_committed(commit)
    assert (worktree.folder / "work.py").read_bytes() == (project.root / "work.py").read_bytes()
    assert worktree.find_cache() == project.workspace.find_cache()
    # Again, in what the first one left.
    assert retrain_once(value="3\n")[1] != commit


@pytest.mark.parametrize(
    ("branch", "expected"), [("main", "main"), ("master", "master"), ("trunk", "trunk")]
)
def test_the_default_branch_is_the_one_that_is_there(project, branch, expected):
    run_git(project.root, "branch", "-m", branch)
    assert find_default(project.workspace) == expected
    run_git(project.root, "checkout", "-q", "--detach")
    assert find_default(project.workspace) == (expected if branch != "trunk" else "HEAD")
    assert_committed(retrain_once(find_default(project.workspace))[1])


def test_a_part_of_a_larger_repository(tmp_path, git_settings, monkeypatch):
    toy = make_project(tmp_path / "larger/deep/part")
    (tmp_path / "larger/metrics").mkdir()
    (tmp_path / "larger/metrics/m.json").write_text("not ours\n")
    commit_all(tmp_path / "larger")
    monkeypatch.chdir(toy.root)
    worktree, commit = retrain_once()
    assert worktree.folder == toy.root / ".retrain/deep/part"
    assert_committed(commit)
    assert run_git(toy.root, "show", f"{commit}:metrics/m.json") == "not ours"
    assert [each.folder for each in list_workspaces()] == [toy.root, worktree.folder]
    assert (prepare_workspace("small") / "work.py").is_file()


def test_a_shallow_checkout(project, tmp_path, monkeypatch):
    run_git(project.root, "commit", "--allow-empty", "-qm", "Go on")
    run_git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project.root}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert run_git(Path.cwd(), "rev-parse", "--is-shallow-repository") == "true"
    assert_committed(retrain_once()[1])


@pytest.mark.parametrize("move", [shutil.move, shutil.copytree])
def test_a_project_that_was_moved_or_copied(project, tmp_path, monkeypatch, move):
    worktree, before = retrain_once()
    move(project.root, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    again, commit = retrain_once(value="3\n")
    assert again.folder == tmp_path / "elsewhere/.retrain"
    assert_committed(commit, "3\n")
    if worktree.folder.exists():  # the original's own was left alone
        assert run_git(worktree.folder, "rev-parse", "HEAD") == before


def test_what_a_killed_git_left(project):
    worktree, _ = retrain_once()
    place = run_git(worktree.folder, "rev-parse", "--absolute-git-dir")
    (Path(place) / "index.lock").touch()
    assert_committed(retrain_once(value="3\n")[1], "3\n")
    shutil.rmtree(worktree.folder)
    worktree.folder.mkdir()
    (worktree.folder / "half").touch()
    assert_committed(retrain_once(value="4\n")[1], "4\n")


def test_what_forbids_to_promote_is_said_before_any_work(project, tmp_path, monkeypatch):
    run_git(project.root, "worktree", "add", "-q", "-b", "in-use", str(tmp_path / "used"))
    with pytest.raises(UserError, match=r"in-use is checked out in .*used"):
        retrain_once()
    run_git(project.root, "worktree", "remove", "--force", str(tmp_path / "used"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for work in (retrain_once, lambda: prepare_workspace("small")):
        with pytest.raises(UserError, match=r"config --global --add safe\.directory") as refused:
            work()
        assert "\n" not in str(refused.value)
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    project.dvc("config", "--local", "core.no_scm", "true")
    with pytest.raises(UserError, match=r"--unset core\.no_scm"):
        retrain_once()
    assert not (project.root / ".retrain").exists()
    shutil.rmtree(project.root / ".git")
    with pytest.raises(UserError, match="not a git repository"):
        retrain_once()


def reproduce(workspace: Path) -> None:
    """Run the graph there: what DVC is told must be what it understands."""
    subprocess.run([*DVC, "repro", "--quiet"], cwd=workspace, check=True)


def test_without_git_dvc_is_told_once(tmp_path, git_settings, monkeypatch, capsys):
    toy = make_project(tmp_path / "archive")
    (toy.root / ".venv").mkdir()
    (toy.root / ".venv/big").touch()
    monkeypatch.chdir(toy.root)
    assert find_project().dvc("status", "--json").strip() != ""
    workspace = prepare_workspace("small")
    assert capsys.readouterr().err.count("No Git repository here") == 1
    assert (workspace / "work.py").is_file() and not (workspace / ".venv").exists()
    reproduce(workspace)
    reproduce(toy.root)
    assert collect(list_workspaces(), dry=True) == []


def test_an_archive_in_a_folder_that_somebodys_git_ignores(tmp_path, git_settings, monkeypatch):
    (tmp_path / ".gitignore").write_text("/archive/\n")
    commit_all(tmp_path)
    toy = make_project(tmp_path / "archive")
    monkeypatch.chdir(toy.root)
    assert (prepare_workspace("small") / "work.py").is_file()


@pytest.mark.parametrize("name", ["a #1, b", "pct%(x)s", 'it\'s "so" ; [x] = $y', " ~ "])
def test_any_character_in_the_projects_path(tmp_path, git_settings, monkeypatch, name):
    toy = make_project(tmp_path / name)
    commit_all(toy.root)
    monkeypatch.chdir(toy.root)
    workspace = prepare_workspace("small")
    reproduce(workspace)
    assert len([*(toy.root / ".dvc/cache/files/md5").glob("??/*")]) == 1
    assert not (workspace / ".dvc/cache").exists()
    worktree, commit = retrain_once()
    assert_committed(commit)
    assert worktree.find_cache() == toy.root / ".dvc/cache"


def test_braces_which_dvc_itself_cannot_bear_are_refused(tmp_path, git_settings, monkeypatch):
    toy = make_project(tmp_path / "a {b}")
    monkeypatch.chdir(toy.root)
    for work in (find_project, lambda: prepare_workspace("small")):
        with pytest.raises(UserError, match=r"has { or }: move .*a {b}"):
            work()


@pytest.mark.parametrize(
    ("level", "relative"), [("--local", False), ("--local", True), ("--global", False)]
)
def test_a_cache_elsewhere(project, tmp_path, level, relative):
    prepare_workspace("small")  # with the cache as it was before
    elsewhere = tmp_path / "else where, #2"
    project.dvc("cache", "dir", level, "../else where, #2" if relative else str(elsewhere))
    for folder in (prepare_workspace("small"), prepare_worktree(find_project(), "main").folder):
        assert find_cache(folder) == elsewhere
        assert "no_scm" in (folder / ".dvc/config.local").read_text() or folder.name == ".retrain"
    reproduce(project.root / ".scales/small")
    assert len([*(elsewhere / "files/md5").glob("??/*")]) == 1


def test_only_what_no_workspace_branch_or_tag_uses_can_go(project):
    def make(value: int) -> None:
        (project.root / "work.py").write_text(f"print({value}, file=open('first.txt', 'w'))\n")
        project.dvc("repro")

    def commit(*mark: str) -> None:
        run_git(project.root, "add", "-A")
        run_git(project.root, "commit", "-qm", "Train")
        run_git(project.root, *mark)

    make(1), commit("branch", "in-use")
    make(2), commit("tag", "v1")
    make(3), commit("status")
    reproduce(prepare_workspace("small"))
    retrain_once("main")
    make(4)  # never committed, nowhere used after the next one
    unused = (project.root / "first.txt").read_text()
    make(5)
    objects = project.root / ".dvc/cache/files/md5"
    [doomed] = collect(list_workspaces(), dry=True)
    assert doomed.read_text() == unused
    before = {*objects.glob("??/*")}
    assert collect(list_workspaces(), dry=False) == []
    assert {*objects.glob("??/*")} == before - {doomed}
    with project.workspace.exclusive("flow", 0), pytest.raises(UserError, match="another flow"):
        collect(list_workspaces(), dry=False)
