"""Stages as people start them: help, mistakes, missing inputs, a kill in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from crossmodal.files import sha256

STAGES = list(yaml.safe_load(Path("dvc.yaml").read_text())["stages"])
FIRST = (
    "check_params",
    "fetch_mnist",
    "fetch_wikipedia",
    "speak_words",
    "speak_sentences",
    "plan_skipmodal",
)
PARTS = {"dataset": "double", "model": "mlp_ae", "run": "paper-0"}


def options_of(stage):
    matrix = yaml.safe_load(Path("dvc.yaml").read_text())["stages"][stage].get("matrix", {})
    return [word for name in matrix for word in (f"--{name}", PARTS[name])]


def start(project, folder, stage, *arguments):
    command = [sys.executable, "-m", f"pipeline.{stage}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes)


def finish(process):
    _, errors = process.communicate()
    return process.returncode, errors


@pytest.fixture
def folder(project, tmp_path):
    """An empty project with the smoke scale's parameters."""
    from pipeline.run_scale import merge

    params = yaml.safe_load((project / "params.yaml").read_text())
    overlay = yaml.safe_load((project / "scales/smoke.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(merge(params, overlay, "smoke")))
    return tmp_path


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in FIRST])
def test_missing_input_is_named_without_traceback(project, folder, stage):
    code, errors = finish(start(project, folder, stage, *options_of(stage)))
    assert code == 1
    assert errors.startswith(f"{stage}: ")
    assert "missing" in errors and "Traceback" not in errors
    left = [p for p in folder.rglob("*") if p.is_file() and p.name != "params.yaml"]
    assert left == []


def test_unknown_option_values_say_what_is_allowed(project, folder):
    code, errors = finish(
        start(project, folder, "train_autoencoder", "--dataset", "tripel", "--model", "mlp_ae")
    )
    assert code == 2
    assert "double" in errors and "Traceback" not in errors


@pytest.fixture
def images(folder, image_folders):
    for dataset, source in image_folders.items():
        shutil.copytree(source, folder / "data/images" / dataset)
    return folder


def outputs(folder):
    paths = [*folder.glob("metrics/**/*.*"), *folder.glob("data/models/**/*.safetensors")]
    return {path.name: sha256(path) for path in paths}


def test_a_killed_training_goes_on_to_the_same_bytes(project, images):
    params = yaml.safe_load((images / "params.yaml").read_text())
    params["train_autoencoder"]["checkpoint_images"] = 1
    params["train_autoencoder"]["epochs"]["double"]["mlp_ae"] = 30
    params["train_autoencoder"]["seeds"]["double"] = [3, 4]
    (images / "params.yaml").write_text(yaml.safe_dump(params))
    arguments = ("train_autoencoder", "--dataset", "double", "--model", "mlp_ae")
    process = start(project, images, *arguments)
    while not list(images.glob(".checkpoints/double-mlp_ae-4-*.pt")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert outputs(images) == {}
    assert finish(start(project, images, *arguments))[0] == 0
    resumed = outputs(images)
    shutil.rmtree(images / "metrics")
    shutil.rmtree(images / "data/models")
    assert finish(start(project, images, *arguments))[0] == 0
    assert outputs(images) == resumed
    assert set(resumed) == {"double-mlp_ae.csv", "3.safetensors", "4.safetensors"}
    assert resumed["3.safetensors"] != resumed["4.safetensors"]
    assert list(images.glob(".checkpoints/*.pt")) == []


def test_timings_stand_beside_the_outputs(project, images):
    arguments = ("--dataset", "double", "--model", "mlp_ae")
    assert finish(start(project, images, "train_autoencoder", *arguments))[0] == 0
    timing = json.loads((images / ".timings/train_autoencoder@double-mlp_ae.json").read_text())
    assert 0 < timing["seconds"] < 300 and 50 < timing["peak_mib"] < 5000


def test_a_cut_shard_stops_the_training_with_its_name(project, images):
    shard = images / "data/images/double/train-00002.tar"
    shard.write_bytes(shard.read_bytes()[:5000])
    arguments = ("--dataset", "double", "--model", "mlp_ae")
    code, errors = finish(start(project, images, "train_autoencoder", *arguments))
    assert code == 1
    assert "train-00002.tar" in errors and "Traceback" not in errors
    assert outputs(images) == {}
