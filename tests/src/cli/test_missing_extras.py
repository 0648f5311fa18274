"""Where an extra is not installed: what needs it says how to get it, and all else works."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from crossmodal import errors
from crossmodal.cli.main import main
from crossmodal.data.skipmodal.numbers import speller
from crossmodal.errors import MissingExtra
from crossmodal.inference import load
from tests.src.cli.good_files import write_strokes

RUN = """
import runpy
from crossmodal import errors
errors.find_spec = lambda name: None
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def bare(workplace, monkeypatch):
    """No package of an extra is installed; a photo lies here."""
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    speller.cache_clear()
    write_strokes(Path("photo.png"))
    return workplace


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("generate photo.png --to text", "photos"),
        ("generate photo.png --to speech --output said.wav", "photos"),
        ("retrieve photo.png", "photos"),
        ("generate 'a small red 3' --to image --model skipmodal-ours-0", "numbers"),
        ("retrieve 'a small red 3' --model skipmodal-ours-0", "numbers"),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(bare, capfd, line, extra):
    assert main(shlex.split(line)) == 2
    output, message = capfd.readouterr()
    assert output == "" and message.count("\n") == 1
    assert message.endswith(f"pip install 'crossmodal[{extra}]'\n")
    assert not Path("said.wav").exists()


def test_so_it_is_in_python(bare, models):
    model = load(models / "double-conv_vae")
    picture = "a picture of other than 28 x 56 pixels needs"
    with pytest.raises(MissingExtra, match=picture):
        model.generate(Path("photo.png"), "text")
    with pytest.raises(MissingExtra, match=picture):
        model.retrieve(Path("photo.png"))
    scenes = load(models / "skipmodal-ours-0")
    with pytest.raises(MissingExtra, match="a sentence with figures needs"):
        scenes.generate("a red 3", "image")


@pytest.mark.parametrize(
    ("module", "extra"),
    [("crossmodal.demo", "demo"), ("pipeline.check_params", "pipeline"), ("flows.heal", "flow")],
)
def test_so_it_is_for_the_demo_the_pipeline_and_the_flow(project, module, extra):
    result = subprocess.run(
        [sys.executable, "-c", RUN.format(module=module)], cwd=project, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert result.returncode in (1, 2) and result.stdout == ""
    assert result.stderr.count("\n") == 1 and f"pip install 'crossmodal[{extra}]'" in result.stderr
