"""Git's answers are the same whatever a person has set, and its refusals are one line."""

from pathlib import Path

import pytest

from pipeline.git import GitError, has_repository, run_git


@pytest.fixture
def repository(tmp_path, git_settings) -> Path:
    (tmp_path / "file").write_text("1")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-qm", "Begin")
    return tmp_path


def test_signing_and_hooks_do_not_stop_it(repository, git_settings):
    git_settings(("commit.gpgSign", "true"), ("tag.gpgSign", "true"), ("gpg.program", "false"))
    for hook in ("pre-commit", "commit-msg", "post-checkout", "reference-transaction"):
        path = repository / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {repository}/ran; exit 1\n")
        path.chmod(0o755)
    run_git(repository, "commit", "--allow-empty", "-qm", "Go on")
    run_git(repository, "tag", "--annotate", "--message", "Here", "here")
    run_git(repository, "checkout", "-q", "--detach", "HEAD~1")
    assert run_git(repository, "log", "-1", "--format=%s") == "Begin"
    assert not (repository / "ran").exists()


def test_variables_of_a_hook_of_another_repository_do_not_bind_it(
    repository, tmp_path_factory, monkeypatch
):
    other = tmp_path_factory.mktemp("other")
    run_git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert run_git(repository, "ls-files") == "file"


def test_names_that_are_no_text_survive(repository):
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    (repository / name).touch()
    assert run_git(repository, "ls-files", "-z", "--others").split("\0")[0] == name


def test_refusals_are_one_line(repository, monkeypatch):
    with pytest.raises(GitError, match=r"^git rev-parse: .*$") as refused:
        run_git(repository, "rev-parse", "--verify", "no-such^{commit}")
    assert "\n" not in str(refused.value) and "fatal" not in str(refused.value)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match=r"config --global --add safe\.directory") as refused:
        run_git(repository, "status")
    assert "\n" not in str(refused.value)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git is not installed"):
        run_git(repository, "status")


def test_a_repository_may_lie_anywhere_above(repository, tmp_path_factory):
    (repository / "a/b").mkdir(parents=True)
    assert has_repository(repository / "a/b")
    assert not has_repository(tmp_path_factory.mktemp("plain"))
