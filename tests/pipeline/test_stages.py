"""Stages as people start them: help, mistakes, missing inputs, a kill in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from crossmodal.files import sha256
from pipeline.closure import find_stages

STAGES = list(find_stages())
FIRST = (
    "fingerprint",
    "check_params",
    "fetch_efficientnet",
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


def start(project, folder, *arguments):
    """Run Python in a process of its own: (exit code, errors)."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": f"{project}:{project / 'src'}"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return result.returncode, result.stderr


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in FIRST])
def test_missing_input_is_named_without_traceback(run, folder, stage):
    code, errors = run(folder, stage, *options_of(stage))
    assert code == 1
    assert errors.startswith(f"{stage}: ")
    assert "missing" in errors and "Traceback" not in errors
    left = [p for p in folder.rglob("*") if p.is_file() and p.name != "params.yaml"]
    assert left == []


def test_unknown_option_values_say_what_is_allowed(run, folder):
    arguments = ("--dataset", "tripel", "--model", "mlp_ae")
    code, errors = run(folder, "train_autoencoder", *arguments)
    assert code == 2
    assert "double" in errors and "Traceback" not in errors


def outputs(folder):
    paths = [*folder.glob("metrics/**/*.*"), *folder.glob("data/models/**/*.safetensors")]
    return {path.name: sha256(path) for path in paths}


# Ends itself in the middle of the third checkpoint of the second seed.
KILLED = """
import contextlib, os, runpy, signal
from crossmodal.train import checkpoint
write, saved = checkpoint.atomic_path, []
@contextlib.contextmanager
def write_or_end(path):
    with write(path) as temporary:
        yield temporary
        saved.extend(["-4-"] * ("-4-" in path.name))
        if len(saved) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
checkpoint.atomic_path = write_or_end
runpy.run_module("pipeline.mapping.train_autoencoder", run_name="__main__", alter_sys=True)
"""


def test_a_killed_training_goes_on_to_the_same_bytes(project, run, images):
    params = yaml.safe_load((images / "params.yaml").read_text())
    params["train_autoencoder"]["checkpoint_images"] = 1
    params["train_autoencoder"]["epochs"]["double"]["mlp_ae"] = 2
    params["train_autoencoder"]["seeds"]["double"] = [3, 4]
    (images / "params.yaml").write_text(yaml.safe_dump(params))
    arguments = ("--dataset", "double", "--model", "mlp_ae")
    assert start(project, images, "-c", KILLED, *arguments)[0] == -signal.SIGKILL
    assert len(list(images.glob(".checkpoints/double-mlp_ae-[34]-*.pt"))) == 2
    assert outputs(images) == {}
    assert len(list(images.glob(".checkpoints/.tmp-*"))) == 1
    assert run(images, "train_autoencoder", *arguments)[0] == 0
    resumed = outputs(images)
    shutil.rmtree(images / "metrics")
    shutil.rmtree(images / "data/models")
    assert run(images, "train_autoencoder", *arguments)[0] == 0
    assert outputs(images) == resumed
    assert set(resumed) == {"double-mlp_ae.csv", "3.safetensors", "4.safetensors"}
    assert resumed["3.safetensors"] != resumed["4.safetensors"]
    assert list(images.glob(".checkpoints/*")) == []


def test_timings_stand_beside_the_outputs(run, images):
    arguments = ("--dataset", "double", "--model", "mlp_ae")
    assert run(images, "train_autoencoder", *arguments)[0] == 0
    timing = json.loads((images / ".timings/train_autoencoder@double-mlp_ae.json").read_text())
    assert 0 < timing["seconds"] < 300 and 50 < timing["peak_mib"] < 5000


def test_a_cut_shard_stops_the_training_with_its_name(run, images):
    shard = images / "data/images/double/train-00002.tar"
    shard.write_bytes(shard.read_bytes()[:5000])
    arguments = ("--dataset", "double", "--model", "mlp_ae")
    code, errors = run(images, "train_autoencoder", *arguments)
    assert code == 1
    assert "train-00002.tar" in errors and "Traceback" not in errors
    assert outputs(images) == {}
