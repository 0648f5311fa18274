"""docs/cli.md: every command and the Python of it run, in their order, and the tables are right."""

import json
import re
import shlex

import pytest

from crossmodal.cli.main import main
from crossmodal.data import pictures
from crossmodal.data.audio import MAX_SECONDS
from crossmodal.inference import recordings
from crossmodal.inference.bundles import read_models
from crossmodal.inference.kinds import STRETCH
from crossmodal.inference.mapping import speech
from tests.src.cli.good_files import write_scene


@pytest.fixture(scope="module")
def page(project):
    return (project / "docs/cli.md").read_text()


def find_blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture(params=["made-up models", "exported models"])
def desk(request, project, workplace, models, monkeypatch):
    """A folder with models where the page says that they are."""
    if request.param == "exported models":
        exported = project / "data/bundles"
        known = {*read_models(exported).known} if exported.is_dir() else set()
        if missing := {path.name for path in models.iterdir()} - known:
            pytest.skip(f"not exported here: {', '.join(sorted(missing))}")
        models = exported
    monkeypatch.delenv("CROSSMODAL_MODELS")
    (workplace / "data").mkdir()
    (workplace / "data/bundles").symlink_to(models)
    return workplace


def test_every_line_runs(page, desk, capfd):
    write_scene("scene.png")
    lines = [line for block in find_blocks(page, "bash") for line in block.splitlines()]
    assert len(lines) >= 10
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "crossmodal"
        assert main(arguments) == 0, (line, capfd.readouterr().err)
    (code,) = find_blocks(page, "python")
    exec(code, {})
    written = {path.name for path in desk.iterdir()}
    made = {"76.png", "76.wav", "colored.png", "direct.png", "said.wav", "drawn.png", "seen.wav"}
    assert written == made | {"data", "shared", "scene.png"}
    assert capfd.readouterr().out.splitlines()[-1].startswith("seven six ")


def test_every_command_is_shown(page):
    from crossmodal.cli.commands import COMMANDS

    shown = {line.split()[1] for block in find_blocks(page, "bash") for line in block.splitlines()}
    assert shown == set(COMMANDS)


def test_outputs_have_the_form_that_is_shown(page, desk, capfd):
    table, _, found = find_blocks(page, "text")
    main(["models"])
    assert capfd.readouterr().out.splitlines()[0] == table.splitlines()[0]
    main(["retrieve", "76", "--count", "2", "--json"])
    ours, shown = json.loads(capfd.readouterr().out), json.loads(found)
    assert ours.keys() == shown.keys() and len(ours["items"]) == len(shown["items"])
    assert {*ours["items"][0]} == {*shown["items"][0]}


@pytest.mark.parametrize(
    "line",
    [
        "models",
        "generate 75 --to image",
        "generate 75 --to speech",
        "retrieve 75",
        "export double-direct .",
    ],
)
def test_json_has_the_named_keys(page, desk, capfd, line):
    main([*line.split(), "--json"])
    value = json.loads(capfd.readouterr().out)
    (row,) = re.findall(rf"^\| `{line.split()[0]}` \| (.*) \|$", page, re.MULTILINE)
    named = set(re.findall("`([a-z_]+)`", row))
    keys = set(value[0]) if isinstance(value, list) else set(value)
    keys |= {key for item in value["items"] for key in item} if "items" in keys else set()
    assert keys <= named
    if not line.startswith("generate"):
        assert keys == named


def test_limits_are_those_of_the_code(page):
    low, high = recordings.RATES
    assert f"{low // 1000} to {high // 1000} kHz, up to {MAX_SECONDS} s" in page
    assert f"more than {STRETCH} s of speech" in page
    assert f"{2 * speech.PAUSE} s or more" in page and f"{speech.LONGEST_WORD} s long" in page
    assert f"{pictures.MAX_BYTES // 2**20} MB" in page
    assert f"{pictures.MAX_PIXELS // 10**6} million pixels" in page
