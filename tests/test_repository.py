"""What holds for the repository as a whole: line ends, pinned actions, one version."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_line_ends_stay_in_a_checkout_that_would_change_them(tmp_path):
    """Git for Windows sets core.autocrlf; DVC's hashes and bash do not bear its line ends."""
    if not Path(".git").exists():
        pytest.skip("no Git repository")
    run(
        "git",
        "clone",
        "--quiet",
        "--depth",
        "1",
        "-c",
        "core.autocrlf=true",
        f"file://{Path.cwd()}",
        str(tmp_path / "copy"),
    )
    names = run("git", "-C", str(tmp_path / "copy"), "ls-files", "--eol").splitlines()
    assert len(names) > 100
    assert not [line for line in names if "w/crlf" in line or "w/mixed" in line]


@pytest.mark.parametrize("workflow", sorted(Path(".github/workflows").glob("*.yml")))
def test_actions_are_pinned_by_commit(workflow):
    text = workflow.read_text()
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    for line in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    settings = yaml.safe_load(text)
    assert settings["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in settings["jobs"].values())


def test_one_version():
    version = tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load(Path("CITATION.cff").read_text())["version"] == version
    newest = re.search(r"^## (\S+)", Path("CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest.group(1) == version
