"""The command line itself: help that teaches and starts at once."""

import shlex
import subprocess
import sys

import pytest

from crossmodal.cli.main import main
from crossmodal.cli.parser import EXAMPLES, FIRST_EXAMPLES, build_parser

HEAVY = {"torch", "torchaudio", "librosa", "numpy", "PIL", "soundfile", "pydantic"}
LINES = [line for text in (FIRST_EXAMPLES, *EXAMPLES.values()) for line in text.splitlines()]


@pytest.mark.parametrize("line", LINES)
def test_every_example_is_a_command_line(line):
    program, *arguments = shlex.split(line.strip().split("  ")[0])
    assert program == "crossmodal"
    assert build_parser().parse_args(arguments).command == arguments[0]


@pytest.mark.parametrize("command", ["", *EXAMPLES])
def test_help_shows_examples(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert (EXAMPLES[command] if command else FIRST_EXAMPLES) in shown
    assert all(name in shown for name in EXAMPLES) or command


def test_help_loads_nothing_that_takes_time():
    code = (
        "import sys\nfrom crossmodal.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "usage: crossmodal" in result.stdout
    loaded = set(result.stderr.split())
    assert "crossmodal.cli.parser" in loaded and not loaded & HEAVY


def test_models_folder_comes_from_option_environment_or_default(monkeypatch):
    monkeypatch.delenv("CROSSMODAL_MODELS", raising=False)
    assert build_parser().parse_args(["models"]).models == "data/bundles"
    monkeypatch.setenv("CROSSMODAL_MODELS", "100%/%(prog)s")
    assert build_parser().parse_args(["models"]).models == "100%/%(prog)s"
    assert "100%/%(prog)s" in build_parser().parse_args(["models"]).models
    assert build_parser().parse_args(["models", "--models", "here"]).models == "here"
