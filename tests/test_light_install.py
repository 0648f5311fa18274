"""What `pip install` brings is enough to use trained models: tried in an environment of its own.

It holds the built wheel, and of all that is installed here only what the wheel asks for.
"""

import json
import os
import subprocess
import sys
import venv
from importlib.metadata import distribution
from itertools import permutations
from pathlib import Path
from shutil import copytree, ignore_patterns

import numpy as np
import pytest
import soundfile
from packaging.markers import default_environment
from PIL import Image

from crossmodal.inference import load
from tests.src.cli.good_files import write_scene, write_strokes
from tests.src.data.encoded_audio import encode
from tests.test_packages import declare, find_missing

pytestmark = pytest.mark.slow
MODALITIES = ("text", "speech", "image")
NAMES = (
    "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"
)
# Several command lines in one process, as each start loads torch: exit codes, and whose code ran.
COMMANDS = """
import json, sys
from crossmodal.cli.main import main
print(json.dumps([main(line) for line in json.loads(sys.argv[1])]))
import crossmodal
print(crossmodal.__file__)
"""


def call(*command, cwd, **options):
    """Run a program without a word of this environment."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(part) for part in command]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def light(project, tmp_path_factory) -> Path:
    """The folder of programs of the new environment."""
    folder = tmp_path_factory.mktemp("light")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((project / name).read_bytes())
    copytree(project / "src", source / "src", ignore=ignore_patterns("*.egg-info", "__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    built = call(
        *pip,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        source,
        cwd=folder,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=True, with_pip=False)
    python = folder / "venv/bin/python"
    installed = call(
        *pip, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder
    )
    assert installed.returncode == 0, installed.stderr
    (packages,) = folder.glob("venv/lib/python3*/site-packages")
    for name in find_missing(declare(()), {}, default_environment() | {"extra": ""}):
        link(name, packages)
    return python.parent


def link(name: str, packages: Path) -> None:
    """Put an installed distribution into another environment's packages as well."""
    known = distribution(name)
    for top in {file.parts[0] for file in known.files or ()} - {"..", "__pycache__"}:
        if not (packages / top).exists():
            (packages / top).symlink_to(Path(known.locate_file(top)))


@pytest.fixture(scope="module")
def workplace(models, tmp_path_factory) -> Path:
    """Something of each modality for either paper: a sentence's, or two digits'."""
    folder = tmp_path_factory.mktemp("light-workplace")
    model = load(models / "double-conv_vae")
    model.generate("seven five", "speech").save(folder / "double.wav")
    model.generate("seven five", "image").save(folder / "double.png")
    scenes = load(models / "skipmodal-ours-0")
    scenes.generate("a red three above a blue seven", "speech").save(folder / "scene.wav")
    write_scene(folder / "scene.png")
    write_strokes(folder / "photo.png")
    samples, rate = soundfile.read(folder / "double.wav")
    encode(folder / "double.m4a", samples, rate)
    return folder


def run(light, workplace, *lines):
    """(exit codes, messages) of command lines in the new environment."""
    command = [light / "python", "-c", COMMANDS, json.dumps([[*map(str, line)] for line in lines])]
    result = call(*command, cwd=workplace)
    assert "Traceback" not in result.stderr, result.stderr
    codes, origin = result.stdout.splitlines()[-2:]
    assert Path(origin).is_relative_to(light.parent)
    return json.loads(codes), result.stderr.splitlines()


def test_nothing_of_the_pipeline_is_there(light, workplace):
    found = {*json.loads(call(light / "python", "-c", NAMES, cwd=workplace).stdout)}
    assert {"crossmodal", "torch", "av"} <= found
    assert not found & {"dvc", "pandas", "pyarrow", "librosa", "scipy", "prefect", "gradio"}
    tried = call(light / "python", "-c", "import dvc", cwd=workplace)
    assert "No module named 'dvc'" in tried.stderr


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("double-conv_vae", "double", "seven five"),
        ("skipmodal-ours-0", "scene", "a red three above a blue seven"),
    ],
)
def test_a_bundle_generates_in_all_directions_as_it_does_here(
    light, workplace, models, name, kind, words
):
    sources = {"text": words, "speech": f"{kind}.wav", "image": f"{kind}.png"}
    suffixes = {"text": "txt", "speech": "wav", "image": "png"}
    wanted = {
        (source, to): f"{kind}-{source}-to.{suffixes[to]}"
        for source, to in permutations(MODALITIES, 2)
    }
    options = ("--models", models, "--model", name)
    lines = [
        ("generate", sources[source], "--to", to, "--output", made, *options)
        for (source, to), made in wanted.items()
    ]
    lines.append(("retrieve", sources["image"], *options))
    codes, messages = run(light, workplace, *lines)
    assert codes == [0] * len(lines), messages
    model = load(models / name)
    for (source, to), made in wanted.items():
        given = words if source == "text" else workplace / sources[source]
        expected = model.generate(given, to)
        if to == "text":
            assert (workplace / made).read_text() == expected.text + "\n"
        elif to == "speech":
            samples, rate = soundfile.read(workplace / made)
            assert rate == expected.rate
            np.testing.assert_allclose(samples, expected.samples.clip(-1, 1), atol=1e-4)
        else:
            pixels = np.asarray(Image.open(workplace / made), int)
            assert np.abs(pixels - expected.image).max() <= 1


def test_the_other_commands_and_recordings_of_phones(light, workplace, models):
    listed = call(light / "crossmodal", "models", "--models", models, cwd=workplace)
    assert listed.returncode == 0 and "skipmodal-ours-0" in listed.stdout
    here = ("--models", models)
    lines = [
        ("describe", "double-direct", *here),
        ("export", "double-direct", "shared", *here),
        ("generate", "75", "--to", "image", "--models", "shared"),
        ("generate", "double.m4a", "--to", "text", "--output", "heard.txt", *here),
        ("generate", "red 7 blue 5", "--to", "image", *here),
    ]
    codes, messages = run(light, workplace, *lines)
    assert codes == [0] * len(lines), messages
    assert (workplace / "heard.txt").read_text() == "seven five\n"


def test_what_extras_bring_is_named_by_one_line_each(light, workplace, models):
    scenes = "skipmodal-ours-0"
    codes, messages = run(
        light, workplace,
        ("generate", "photo.png", "--to", "text", "--models", models),
        ("generate", "a red 3", "--to", "image", "--models", models, "--model", scenes),
    )  # fmt: skip
    assert codes == [2, 2] and len(messages) == 2
    assert messages[0].endswith("pip install 'crossmodal[photos]'")
    assert messages[1].endswith("pip install 'crossmodal[numbers]'")
    result = call(light / "python", "-m", "crossmodal.demo", cwd=workplace)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert result.stderr.endswith("pip install 'crossmodal[demo]'\n")
