import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from crossmodal.config.skipmodal.runs import SkipModalRuns
from pipeline.provenance import (
    NOWHERE,
    SOURCES,
    describe_run,
    describe_skipmodal,
    find_origin,
    flatten,
    hash_params,
    list_changes,
    list_machine,
    show,
)

PARAMS = {"compute": {"threads": 1}, "train": {"seed": 0, "steps": 10}}


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false")
    command = ["git", "-C", folder, *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with what decides a result, all committed."""
    for name in SOURCES:
        path = tmp_path / name if "." in name else tmp_path / name / "code.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(PARAMS) if name == "params.yaml" else name)
    (tmp_path / ".gitignore").write_text("/.scales/\n__pycache__/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Begin")
    return tmp_path


def test_the_last_commit_that_changed_code_or_parameters(repository):
    first = git(repository, "rev-parse", "HEAD")
    origin = find_origin(repository)
    assert (origin.commit, origin.changed, origin.defaults) == (first, False, PARAMS)
    (repository / "README.md").write_text("words")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Explain")
    assert find_origin(repository) == origin
    (repository / "src/code.py").write_text("other")
    git(repository, "commit", "-qam", "Change")
    assert find_origin(repository).commit == git(repository, "rev-parse", "HEAD") != first


@pytest.mark.parametrize("path", ["src/code.py", "pipeline/new.py", "params.yaml", "dvc.yaml"])
def test_uncommitted_changes_are_told(repository, path):
    committed = find_origin(repository)
    (repository / path).write_text("compute: {threads: 2}")
    origin = find_origin(repository)
    assert origin.changed and not committed.changed
    assert (origin.commit, origin.defaults) == (committed.commit, committed.defaults)


def test_other_changes_do_not_count(repository):
    (repository / "README.md").write_text("words")
    (repository / "src/__pycache__").mkdir()
    (repository / "src/__pycache__/code.pyc").write_text("compiled")
    assert not find_origin(repository).changed


def copy(repository):
    workspace = repository / ".scales" / "smoke"
    ignored = shutil.ignore_patterns(".git", ".scales")
    shutil.copytree(repository, workspace, ignore=ignored)
    (workspace / "params.yaml").write_text("train: {steps: 1}")
    return workspace


def test_a_scales_workspace_has_the_projects_commit_while_the_code_is_the_same(repository):
    workspace, index = copy(repository), (repository / ".git/index").read_bytes()
    assert find_origin(workspace) == find_origin(repository)
    assert (repository / ".git/index").read_bytes() == index
    (workspace / "src/code.py").write_text("other")
    assert find_origin(workspace) == NOWHERE
    # The project may be ahead of the workspace, too.
    (workspace / "src/code.py").write_text("src")
    assert find_origin(workspace) != NOWHERE
    (repository / "src/code.py").write_text("other")
    git(repository, "commit", "-qam", "Change")
    assert find_origin(workspace) == NOWHERE


def test_a_copy_inside_somebody_elses_repository_has_no_commit(repository, tmp_path_factory):
    foreign = tmp_path_factory.mktemp("foreign")
    git(foreign, "init", "-q")
    shutil.copytree(repository, foreign / "copy", ignore=shutil.ignore_patterns(".git"))
    assert find_origin(foreign / "copy") == NOWHERE  # nothing committed at all
    (foreign / "src").mkdir()
    (foreign / "src/own.py").write_text("own")
    git(foreign, "add", "src")
    git(foreign, "commit", "-qm", "Begin")
    assert find_origin(foreign / "copy") == NOWHERE


@pytest.mark.usefixtures("git_settings")
def test_a_project_may_be_a_part_of_a_larger_repository(repository, tmp_path_factory):
    larger = tmp_path_factory.mktemp("larger")
    part = larger / "deep" / "part"
    shutil.copytree(repository, part, ignore=shutil.ignore_patterns(".git"))
    (larger / "src").mkdir()
    (larger / "src/code.py").write_text("nothing of ours")
    git(larger, "init", "-q")
    git(larger, "add", "-A")
    git(larger, "commit", "-qm", "Begin")
    first = git(larger, "rev-parse", "HEAD")
    (larger / "src/code.py").write_text("changed, and still nothing of ours")
    git(larger, "commit", "-qam", "Change")
    workspace = copy(part)
    for folder in (part, workspace):
        origin = find_origin(folder)
        assert (origin.commit, origin.changed, origin.defaults) == (first, False, PARAMS)
    (part / "pipeline/new.py").write_text("new")
    (workspace / "pipeline/new.py").write_text("new")
    assert find_origin(part).changed and find_origin(workspace) == NOWHERE


def test_a_persons_settings_do_not_change_the_origin(repository, git_settings):
    expected = find_origin(repository)
    git_settings(
        ("log.showSignature", "true"), ("status.showUntrackedFiles", "no"), ("color.ui", "always")
    )
    assert find_origin(repository) == expected
    (repository / "pipeline/new.py").write_text("new")
    assert find_origin(repository).changed


def test_without_git_the_commit_is_unknown(repository, tmp_path_factory, monkeypatch):
    assert find_origin(tmp_path_factory.mktemp("plain")) == NOWHERE
    monkeypatch.setenv("PATH", "")
    assert find_origin(repository) == NOWHERE


def test_parameters_that_differ():
    here = {"compute": {"threads": 2}, "train": {"seed": 0, "new": [1, 2]}}
    assert list_changes(PARAMS, here) == [
        ("compute.threads", "1 → 2"),
        ("train.steps", "10 → absent"),
        ("train.new", "absent → [1, 2]"),
    ]
    assert list_changes(PARAMS, PARAMS) == []
    assert list_changes(None, PARAMS)[0][0] == "unknown"


def test_the_hash_is_that_of_the_values():
    reordered = yaml.safe_load("# words\ntrain: {steps: 10, seed: 0}\ncompute:\n  threads: 1\n")
    assert hash_params(reordered) == hash_params(PARAMS)
    assert hash_params({**PARAMS, "more": 1}) != hash_params(PARAMS)


def test_nobodys_paths_and_names_are_told(project):
    assert (
        show("/home/somebody/mnist") == show("C:\\mnist") == show("~/a") == "(a path of one's own)"
    )
    assert (show("hibari"), show(None), show(0.5), show(["05"])) == (
        "hibari",
        "null",
        "0.5",
        '["05"]',
    )
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["fetch_mnist"]["folder"] = "/home/somebody/mnist"
    told = str(describe_run(params, NOWHERE, {"training images, double": 84_000}))
    told += str(list(flatten(params)))
    assert "somebody" not in told and str(Path.home()) not in told
    assert {name for name, _ in list_machine()} == {"processor", "system", "Python"}


def test_a_run_in_words(project):
    params = yaml.safe_load((project / "params.yaml").read_text())
    groups = describe_run(params, NOWHERE, {"training images, double": 84_000})
    assert groups["Code and parameters"][0] == ("commit", "unknown")
    assert ("training images, double", "84,000") in groups["Data"]
    assert ("train_mapping.seeds", "[0, 1]") in groups["Seeds and epochs"]
    assert ("device", "cpu") in groups["Machine"]
    versions = dict(groups["Packages"])
    assert f"\nnumpy=={versions['numpy']} " in (project / "requirements.lock").read_text()
    assert "not installed" not in versions.values()


def test_a_pretrained_encoder_is_named_where_a_run_has_one(project):
    params = yaml.safe_load((project / "params.yaml").read_text())
    runs = params["skipmodal"]["runs"]
    for embedded in ([], ["ours_efficientnet-0"]):
        runs |= {"networks": [], "cyclegans": [], "exported": []}
        runs |= {"embedded": embedded, "all": embedded}
        settings = SkipModalRuns.parse(params["skipmodal"], "skipmodal")
        told = describe_skipmodal(params, NOWHERE, [], settings)
        assert ("pretrained image encoder" in dict(told["Data"])) == bool(embedded)
        assert embedded == [name for name, _ in told["Runs"]][: len(embedded)]
