"""The stage train_skipmodal with two processes: the result of one, and what becomes of a kill.

Every pair is there twice, and batches are sorted by length: so both processes have the same items,
and batch statistics are those of one process.
"""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from crossmodal.data.skipmodal.coco import CaptionedImage, write_coco
from crossmodal.data.skipmodal.ljspeech import write_metadata
from crossmodal.errors import ParameterError
from pipeline.skipmodal import plan_skipmodal, shard_captions, shard_speech, train_skipmodal
from tests.pipeline.skipmodal.tiny_skipmodal import tiny_params

RUN = "paper-0"
CURVE, MODEL = f"metrics/skipmodal/curves/{RUN}.csv", f"data/models/skipmodal/{RUN}"
TEXTS = ("a cat", "two red dogs")
NO_DROPOUT = {
    "text_encoder": {"dropout": 0.0},
    "text_decoder": {"dropout": 0.0},
    "speech_decoder": {"prenet_dropout": 0.0, "dropout": 0.0},
}


def write_pairs(folder: Path) -> None:
    """Eight pairs of each kind in the layouts of COCO and LJSpeech; the first four train."""
    for part in ("coco/train", "speech/wavs"):
        (folder / part).mkdir(parents=True)
    images = []
    for number in range(8):
        kind = number // 2 % 2
        rng = np.random.default_rng(kind)
        path = folder / f"coco/train/{number}.png"
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(path)
        sound = 0.3 * rng.standard_normal(6000 + 3000 * kind)
        soundfile.write(folder / f"speech/wavs/{number}.wav", sound, 16000, subtype="PCM_16")
        images.append(CaptionedImage(number, path, (TEXTS[kind],)))
    write_coco(folder / "coco", "train", images, (64, 64))
    write_metadata(folder / "speech", [(image.path.stem, image.captions[0]) for image in images])


def write_params(
    project: Path, folder: Path, processes: int, steps: int = 5, batch_size: int = 8
) -> None:
    """The parameters of a tiny network, without dropout, on the folders of `write_pairs`."""
    values = tiny_params(project)
    for stage, part in (("shard_captions", "coco"), ("shard_speech", "speech")):
        name = "train" if part == "coco" else ""
        splits = {"train": "[:50%]", "validation": "[50%:75%]", "test": "[75%:]"}
        own = {split: f"{name}{half}" for split, half in splits.items()}
        values[stage] |= {"folder": str(folder / part), "splits": own}
    model = values["skipmodal"]
    model |= {"processes": processes, "validation_items": 2}
    model["runs"] = {"networks": [RUN], "cyclegans": [], "all": [RUN]}
    paper = model["architectures"]["paper"]
    for part, dropout in NO_DROPOUT.items():
        paper["network"][part] |= dropout
    paper["training"]["batching"] = {
        "strategy": "mixed",
        "batch_size": batch_size,
        "bucket_batches": 4,
    }
    paper["training"]["running"] |= {"steps": steps, "log_steps": 1, "checkpoint_steps": 3}
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    for kind, shard in (("image-text", shard_captions), ("text-speech", shard_speech)):
        if not (folder / "data/pairs" / kind).exists():
            shard.main()
    plan_skipmodal.main()


@pytest.fixture
def folder(project, tmp_path, monkeypatch):
    """A project with both data sets sharded, and a plan."""
    monkeypatch.chdir(tmp_path)
    write_pairs(tmp_path)
    write_params(project, tmp_path, 1)
    return tmp_path


def start(project, folder):
    """The stage, as DVC starts it."""
    environment = os.environ | {"PYTHONPATH": f"{project}:{project}/src"}
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.skipmodal.train_skipmodal", "--run", RUN],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_leave_what_one_leaves(project, folder):
    left = []
    for processes in (1, 2):
        write_params(project, folder, processes)
        process = start(project, folder)
        errors = process.communicate()[1]
        assert process.returncode == 0, errors
        with (folder / CURVE).open() as file:
            left.append(
                (list(csv.DictReader(file)), load_file(folder / MODEL / "both.safetensors"))
            )
        assert not list((folder / ".checkpoints").glob("*.pt"))
        assert [path.name for path in (folder / ".timings").iterdir()] == [
            f"train_skipmodal@{RUN}.json"
        ]
    (one, weights), (two, others) = left
    assert len(one) == len(two) == 5
    for row, other in zip(one, two, strict=True):
        assert row.keys() == other.keys()
        for name in ("loss", "text_a", "text_b", "image", "mel", "gradient_norm"):
            assert float(other[name]) == pytest.approx(float(row[name]), rel=1e-4), name
    assert weights.keys() == others.keys()
    learned = [name for name in weights if "running" not in name]
    apart = {name for name in learned if not torch.allclose(weights[name], others[name], atol=1e-4)}
    # It lies before a batch normalization: its gradient is mere rounding, which Adam makes as large
    # as any other.
    assert apart <= {"transformer.residual.0.bias"}


@pytest.mark.slow
def test_a_killed_process_ends_the_stage(project, folder):
    write_params(project, folder, 2, steps=100_000)
    process = start(project, folder)
    try:
        while not (folder / ".checkpoints").is_dir() or not list(folder.glob(".checkpoints/*.pt")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[1]), signal.SIGKILL)
        errors = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 1
    last = errors.splitlines()[-1]
    assert re.match(r"train_skipmodal: process \d of 2 .*was killed by SIGKILL", last), errors
    assert not (folder / MODEL).exists()
    assert list(folder.glob(".checkpoints/*.pt"))  # from which the next run goes on
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_is_refused(project, folder):
    write_params(project, folder, 2, batch_size=6)
    process = start(project, folder)
    errors = process.communicate()[1]
    assert process.returncode == 1 and not (folder / MODEL).exists()
    assert "train_skipmodal: 3 items of a data set in a step cannot be shared" in errors
    assert "failed, exit code 2" in errors.splitlines()[-1] and "Traceback" not in errors


def test_a_plan_knows_how_many_processes(project, folder):
    with pytest.raises(ParameterError, match="processes"):
        write_params(project, folder, 0)


def test_more_processes_than_devices_are_refused(project, folder, monkeypatch):
    write_params(project, folder, 2)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    gpu = train_skipmodal.prepare_runtime(
        train_skipmodal.stage.load("compute", train_skipmodal.Compute)
    )
    object.__setattr__(gpu, "device", torch.device("cuda"))
    monkeypatch.setattr(train_skipmodal, "prepare_runtime", lambda compute: gpu)
    with pytest.raises(ParameterError, match="2 processes need 2 devices; there are 1 of cuda"):
        train_skipmodal.main(RUN)
