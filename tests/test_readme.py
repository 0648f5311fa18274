"""Every command of the README and of CONTRIBUTING.md works; its table is that of the metrics."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.update_readme import END, START, insert_table

PAGES = ("README.md", "CONTRIBUTING.md", "docs/flows.md")


def commands():
    """(page, command) for every line of every bash block."""
    for page in PAGES:
        for block in re.findall(r"```bash\n(.*?)```", Path(page).read_text(), re.DOTALL):
            yield from ((page, line) for line in block.splitlines() if line)


@pytest.mark.parametrize(("page", "command"), list(commands()))
def test_command(page, command, project):
    """make targets are planned here, and run for real by .ci/run; all else runs."""
    words = shlex.split(command)
    if words[0] == "make":
        words.insert(1, "--dry-run")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    result = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_targets_named_in_running_text_exist(project):
    targets = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)`", (project / page).read_text()))
        assert named and named <= targets


def test_modules_named_in_running_text_exist(project):
    for page in PAGES:
        for module in re.findall(r"python -m pipeline\.(\w+)", (project / page).read_text()):
            assert (project / f"pipeline/{module}.py").is_file()


def test_paths_named_in_running_text_exist(project):
    text = (project / "README.md").read_text()
    for path in re.findall(r"\]\((?!http)([^)]+)\)", text):
        assert (project / path).is_file()


def test_the_table_is_that_of_the_committed_metrics(project):
    readme = (project / "README.md").read_text()
    tables = (project / "metrics/table1.md").read_text().strip()
    assert insert_table(readme, tables) == readme


def test_inserting_keeps_all_else():
    readme = f"before\n{START}old\n{END}\nafter"
    assert insert_table(readme, "a\n\nb\n\nc") == f"before\n{START}a\n\nb\n{END}\nafter"
