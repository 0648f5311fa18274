import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo

from flows.check_lock import find_differences, find_leftovers

DVC = [sys.executable, "-m", "dvc"]
GRAPH = """
stages:
  make:
    cmd: mkdir -p data metrics && cp code.py data/out && echo 1 > metrics/m.json
    deps: [code.py]
    params: [speed]
    outs: [data/out]
    metrics: [{metrics/m.json: {cache: false}}]
  use:
    cmd: cp data/out data/copy
    deps: [data/out]
    outs: [data/copy]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A graph of two stages that was run, without its data and cache: as in a fresh clone."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "dvc.yaml").write_text(GRAPH)
    (folder / "params.yaml").write_text("speed: 1\n")
    (folder / "code.py").write_text("x = 1\n")
    for command in (["init", "-q", "--no-scm"], ["repro", "-q"]):
        subprocess.run([*DVC, *command], cwd=folder, check=True)
    shutil.rmtree(folder / "data")
    shutil.rmtree(folder / ".dvc/cache")
    return folder


@pytest.mark.parametrize(
    ("path", "text", "difference"),
    [
        (None, None, None),
        ("code.py", "x = 2\n", "make: changed deps: code.py: modified"),
        ("params.yaml", "speed: 2\n", "make: changed deps: params.yaml: speed: modified"),
        ("metrics/m.json", "2\n", "make: changed outs: metrics/m.json: modified"),
        ("dvc.yaml", GRAPH.replace("cp data/out", "cat data/out >"), "use: changed command"),
        ("dvc.lock", "schema: '2.0'\n", "make: changed deps: code.py: modified"),
    ],
)
def test_what_counts_as_a_difference(finished, tmp_path, monkeypatch, path, text, difference):
    folder = shutil.copytree(finished, tmp_path / "clone")
    monkeypatch.chdir(folder)
    if path:
        Path(path).write_text(text)
    with Repo() as repo:
        found = list(find_differences(repo.status()))
    assert (difference in found) if difference else (found == [])


def test_an_entry_whose_stage_is_gone_is_named():
    line = "old@b: dvc.yaml has no such stage; delete its entry from dvc.lock"
    assert list(find_leftovers(["new@a", "old@b"], ["new@a", "later"])) == [line]
    assert list(find_leftovers(["new@a"], ["new@a", "later"])) == []
