"""Where the machine fails or nobody listens: one line at most, code 1, nothing half-written."""

import errno
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from crossmodal.cli.commands import COMMANDS, print_json
from crossmodal.cli.main import main
from crossmodal.errors import DataError, explain_failure

PROGRAM = Path(sys.executable).parent / "crossmodal"


def fail_with(monkeypatch, error):
    """A command that fails so."""

    def fail(options):
        raise error

    monkeypatch.setitem(COMMANDS, "models", fail)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.png"), "a.png: .*make room"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "quota"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a\n.png"),
            r"a\\n.png: .*allow access",
        ),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "x"), "another place"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "look after the disk"),
        (OSError("of a library, without number"), "of a library"),
        (OSError(), "OSError"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "not enough"),
    ],
)
def test_failures_of_the_machine_are_one_line(workplace, monkeypatch, capfd, error, said):
    fail_with(monkeypatch, error)
    assert main(["models"]) == 1
    output, errors = capfd.readouterr()
    assert output == "" and errors.count("\n") == 1 and errors.startswith("crossmodal: ")
    assert re.search(said, errors)


def test_faults_of_the_program_are_not_hidden(workplace, monkeypatch):
    fail_with(monkeypatch, RuntimeError("a fault"))
    with pytest.raises(RuntimeError, match="a fault"):
        main(["models"])


def test_a_failure_says_what_failed():
    missing = FileNotFoundError(errno.ENOENT, "No such file or directory", "here")
    assert explain_failure(missing) == "here: No such file or directory"


@pytest.mark.parametrize(("to", "name"), [("image", "made.png"), ("speech", "made.wav")])
def test_a_full_place_leaves_nothing_half_written(workplace, capfd, to, name):
    Path(name).write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        code = main(["generate", "75", "--to", to, "--output", name])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1 and "File too large" in capfd.readouterr().err
    assert [path.name for path in workplace.iterdir()] == [name]
    assert Path(name).read_text() == "old"


def test_an_export_that_does_not_fit_leaves_nothing(workplace, capfd):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        code = main(["export", "double-direct", "copies"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1 and "File too large" in capfd.readouterr().err
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_json_that_is_none_is_never_printed(capfd, value):
    with pytest.raises(DataError, match="no numbers"):
        print_json({"items": [{"distance": value}]})
    assert capfd.readouterr().out == ""
    print_json({"distance": 1.5})
    assert json.loads(capfd.readouterr().out) == {"distance": 1.5}


@pytest.mark.parametrize(
    ("closing", "arguments", "code"),
    [
        (">&-", ("models",), 1),
        (">&-", ("generate", "75", "--to", "image"), 1),
        (">&-", ("generate", "75", "--to", "image", "--output", "made.png"), 0),
        (">&- 2>&-", ("models",), 1),
        ("<&- >&- 2>&-", ("generate", "fife", "--to", "image"), 2),
    ],
)
def test_closed_streams_end_without_traceback(workplace, closing, arguments, code):
    """What cannot be printed is not said to be printed, and no file is taken for the output."""
    command = ["sh", "-c", f'"$0" "$@" {closing}', PROGRAM, *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == code and "Traceback" not in result.stderr
    assert result.stderr == "" or result.stderr.endswith("\n")
    if code == 1 and "2>" not in closing:
        assert "standard output is closed" in result.stderr.splitlines()[-1]
    if "made.png" in arguments:
        assert Path("made.png").read_bytes().startswith(b"\x89PNG")
