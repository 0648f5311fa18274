"""The container image: it gets what Git keeps and nothing else, and its steps are the README's."""

import json
import re
import subprocess
from pathlib import Path

import pytest

build = pytest.importorskip("docker.utils.build", reason="docker's Python package is missing")

DOCKERFILE = Path("Dockerfile").read_text()
STEPS = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", DOCKERFILE)).splitlines()
MAKEFILE = Path("Makefile").read_text()
DEVCONTAINER = json.loads(Path(".devcontainer/devcontainer.json").read_text())
PAGE = Path("docs/container.md").read_text()
# What lies around in a folder where somebody works.
WORK = (
    ".git/HEAD", ".git/objects/aa/bb", ".venv/bin/python", ".venv/.base", ".scales/smoke/dvc.yaml",
    ".retrain/run/dvc.yaml", ".checkpoints/a/b.pt", ".timings/a.json", ".dvc/cache/files/md5/aa/b",
    ".dvc/tmp/lock", ".dvc/config.local", "data/mnist/train", "data/bundles/double/model.json",
    "data/own/mine/photo.jpg", "dvc_plots/index.html", "logs/a.log",
    ".mypy_cache/a", ".ruff_cache/a", ".pytest_cache/a", ".hypothesis/a", ".tmp-abc/file",
    "src/crossmodal/__pycache__/a.pyc", "src/crossmodal.egg-info/PKG-INFO", "__pycache__/b.pyc",
    "flows/__pycache__/c.pyc",
)  # fmt: skip


def instructions(word):
    """What follows a word of the Dockerfile, in order."""
    return [step.removeprefix(word).strip() for step in STEPS if step.startswith(f"{word} ")]


def list_tracked():
    """The files that Git keeps."""
    if not Path(".git").exists():
        pytest.skip("no Git repository")
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split("\0") if name and Path(name).exists()}


def test_the_image_gets_what_git_keeps_and_nothing_else(tmp_path):
    tracked = list_tracked()
    for name in (*tracked, *WORK):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    lines = Path(".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    sent = {name for name in build.exclude_paths(str(tmp_path), patterns)}
    files = {Path(name).as_posix() for name in sent if (tmp_path / name).is_file()}
    assert len(tracked) > 100 and files == tracked


def test_every_copied_path_exists():
    for step in instructions("COPY"):
        *sources, target = [word for word in step.split() if not word.startswith("--")]
        if "--from=" in step:
            stage = re.search(r"--from=(\S+)", step)[1]
            assert any(line.endswith(f" AS {stage}") for line in instructions("FROM"))
        else:
            assert target == "." and sources and all(Path(source).exists() for source in sources)


def test_what_the_readme_asks_for_is_there():
    """Python of a version that CI tests, make and npm; nobody works as root."""
    asked = re.search(
        r"You need Python 3\.(\d+) or newer, make and npm", Path("README.md").read_text()
    )
    (python,) = re.findall(r"^FROM python:3\.(\d+)-slim", DOCKERFILE, re.MULTILINE)
    tested = re.findall(r"3\.(\d+)", Path(".github/workflows/ci.yml").read_text())
    assert asked and int(python) >= int(asked[1]) and python in tested
    assert re.search(r"apt-get install .*\bmake\b", " ".join(STEPS)) and "bin/npm" in DOCKERFILE
    (user,) = instructions("USER")
    assert f"useradd --create-home --shell /bin/bash {user}" in DOCKERFILE
    order = [step.split()[0] for step in STEPS if step]
    assert order.index("USER") < order.index("WORKDIR") < len(order) - order[::-1].index("COPY")


def test_it_is_installed_as_the_readmes_first_command_does():
    """By the lock files with hashes; then `make repro` in the container installs nothing more."""
    (target,) = re.findall(r"\bmake (\S+)", instructions("RUN")[-1])
    (needs,) = re.findall(r"^repro: (\S+) ready\b", MAKEFILE, re.MULTILINE)
    assert needs.replace("$(VENV)", ".venv") == target
    for name, lock in (("base", "requirements.lock"), ("flow", "requirements-flow.lock")):
        recipe = re.search(rf"^\$\(VENV\)/\.{name}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]
        assert "scripts/install.sh" in recipe and lock in recipe


def test_the_page_runs_the_readmes_two_commands():
    commands = re.search(
        r"```bash\n(make repro\n.*?)```", Path("README.md").read_text(), re.DOTALL
    )[1]
    assert commands in PAGE


def test_the_development_container_is_made_of_the_same_file():
    made = DEVCONTAINER["build"]
    folder = Path(".devcontainer")
    assert (folder / made["dockerfile"]).resolve() == Path("Dockerfile").resolve()
    assert (folder / made["context"]).resolve() == Path.cwd()
    assert any(line.endswith(f" AS {made['target']}") for line in instructions("FROM"))
    assert DEVCONTAINER["remoteUser"] == instructions("USER")[0]
    command, target = DEVCONTAINER["postCreateCommand"].split()
    assert command == "make" and f"\n{target.replace('.venv', '$(VENV)')}:" in MAKEFILE
