"""docs/extending.md: its differences fit the project, and what they add runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from pipeline import run_scale

STEP = re.compile(r"^\d+\. `([^`]+)`:.*?^ +```diff\n(.*?)^ +```$", re.MULTILINE | re.DOTALL)
# Recipe -> how many files it may touch.
RECIPES = {"A model": 4, "A data set": 5}


def read_recipe(root, recipe):
    """The text of a recipe, from its heading to the next."""
    page = (root / "docs/extending.md").read_text(encoding="utf-8")
    return page.split(f"\n## {recipe}\n")[1].split("\n## ")[0]


def follow(root, recipe):
    """Path -> text, as the recipe's differences change the files in `root`.

    A difference is a list of hunks with `@@` between them; each must fit in one place.
    """
    changed = {}
    for path, difference in STEP.findall(read_recipe(root, recipe)):
        text = (root / path).read_text(encoding="utf-8")
        for hunk in dedent(difference).split("@@\n"):
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            assert text.count(old) == 1, f"{recipe}: {path} has not once:\n{old}"
            text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
        changed[path] = text
    return changed


@pytest.mark.parametrize(("recipe", "most"), RECIPES.items())
def test_a_recipe_fits_the_project_and_touches_few_files(project, recipe, most):
    changed = follow(project, recipe)
    steps = re.findall(r"^\d+\. ", read_recipe(project, recipe), re.MULTILINE)
    assert len(steps) == len(changed) <= most
    assert "params.yaml" in changed and any("/test_" in path for path in changed)


@pytest.fixture
def copy(project, tmp_path, monkeypatch):
    """The project's files in a folder of its own, with the project's cache."""
    monkeypatch.chdir(project)
    for path in run_scale.list_files():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".dvc/cache").symlink_to(project / ".dvc/cache")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(folder, *command):
    """Run a program with the code in `folder`; what it prints, or fail with what it says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(folder / "src")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


GENERATE = """
from crossmodal.inference import load
model = load("data/bundles/{}/{}")
print(model.generate("seven five", "image").image.shape, model.generate("75", "speech").words)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "dataset", "model"),
    [("A model", "double", "linear"), ("A data set", "bold", "mlp_ae")],
)
def test_what_a_recipe_adds_is_trained_reported_and_exported(copy, recipe, dataset, model):
    changed = follow(copy, recipe)
    for path, text in changed.items():
        (copy / path).write_text(text, encoding="utf-8")
    python = [path for path in changed if path.endswith(".py")]
    call(copy, "ruff", "check", *python)
    call(copy, "ruff", "format", "--check", *python)
    call(copy, "pytest", "-p", "no:cacheprovider", *(path for path in python if "/test_" in path))
    for scale in run_scale.list_scales():
        if "${CROSSMODAL_" not in (copy / f"scales/{scale}.yaml").read_text():  # asks for a folder
            prepared = run_scale.prepare_workspace(scale)
            call(copy / prepared, sys.executable, "-m", "pipeline.check_params")
    small = {
        "extends": "smoke",
        "mapping": {"datasets": [dataset], "autoencoders": [model]},
        "synthesize_images": {"counts": {dataset: {"train_per_pair": 12, "held_out_per_pair": 16}}},
    }
    (copy / "scales/small.yaml").write_text(yaml.safe_dump(small))
    workspace = copy / run_scale.prepare_workspace("small")
    call(workspace, "dvc", "repro", "write_report", "write_page", "export_model")
    header, _, direct, added, *_ = (workspace / "metrics/table1.md").read_text().splitlines()
    assert header.startswith(f"| PSNR in dB | text, {dataset}: paper | text, {dataset}: ours |")
    assert direct.startswith("| direct |")
    assert re.match(rf"\| {model} \| – \| \d+\.\d\d ", added)
    assert f"{model} draws " in (workspace / "data/report/index.html").read_text()
    made = call(workspace, sys.executable, "-c", GENERATE.format(dataset, model))
    assert made.startswith("(28, 56) ('")
