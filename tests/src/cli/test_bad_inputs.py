"""Every mistake: one line that says what is allowed, exit code 2, nothing printed or written."""

import os
import re
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from crossmodal.cli.main import main
from tests.src.cli.bad_files import write_damaged_models, write_files
from tests.src.cli.bad_inputs import list_rows

ROWS = list(list_rows())
# In a process of their own: nothing that a library writes past Python's streams is missed.
ALONE = ("words: German", "file: truncated jpeg", "file: no samples", "no command", "unknown model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, models):
    """Good and bad files and models; no test may change it."""
    folder = tmp_path_factory.mktemp("bad")
    write_files(folder)
    shutil.copytree(models, folder / "models")
    shutil.copytree(models / "double-direct", folder / "taken-out/double-direct")
    shutil.copytree(models / "skipmodal-ours-0", folder / "scenes-only/skipmodal-ours-0")
    write_damaged_models(folder / "damaged", models)
    return folder


@pytest.fixture
def place(folder, monkeypatch):
    """The folder as the current one, compared before and after."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CROSSMODAL_MODELS", "models")
    before = take_stock(folder)
    yield folder
    assert take_stock(folder) == before


def take_stock(folder):
    """Everything in it, with size, time of change and kind."""
    found = {}
    for path in folder.rglob("*"):
        state = path.lstat()
        found[str(path)] = (state.st_size, state.st_mtime_ns, state.st_mode)
    return found


def check(code, output, errors, pattern):
    assert code == 2
    assert output == ""
    line = errors.removesuffix("\n")
    assert line.startswith("crossmodal: ") and line.isprintable(), errors
    assert "Traceback" not in line and len(line) < 1500
    assert re.search(pattern, line), line


def test_there_are_many():
    names = [name for name, _, _ in ROWS]
    assert len(set(names)) == len(names) == len({arguments for _, arguments, _ in ROWS}) >= 60


@pytest.mark.parametrize(
    ("arguments", "pattern"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS]
)
def test_bad_input(place, capfd, arguments, pattern):
    with warnings.catch_warnings(record=True) as warned:
        code = main(arguments)
    check(code, *capfd.readouterr(), pattern)
    assert warned == []


@pytest.mark.parametrize("name", ALONE)
def test_bad_input_in_a_process(place, name):
    arguments, pattern = {name: rest for name, *rest in ROWS}[name]
    command = [Path(sys.executable).parent / "crossmodal", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    check(result.returncode, result.stdout, result.stderr, pattern)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize("name", ["good.png", "two.wav"])
def test_unreadable_file(place, capfd, name):
    (place / name).chmod(0)
    try:
        code = main(["generate", name, "--to", "text"])
    finally:
        (place / name).chmod(0o644)
    check(code, *capfd.readouterr(), "cannot be read|missing")


def test_a_large_picture_is_refused_before_it_is_decoded(place, capfd):
    started = time.process_time()
    assert main(["generate", "bomb.png", "--to", "text"]) == 2
    assert time.process_time() - started < 2
