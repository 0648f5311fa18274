"""Mel to linear: learns a known map, ignores padding, resumes to the bit."""

import numpy as np
import pytest
import torch
from torch import nn

from crossmodal.config.skipmodal.post_net import TrainMelToLinear
from crossmodal.errors import DataError
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.loop import TrainingSetup
from crossmodal.train.skipmodal.mel_to_linear import LinearLoss, pad, prepare_mel_to_linear
from tests.src.train.toys import SETTINGS, assert_equal, finish, settings

LINEAR = {key: SETTINGS[key] for key in ("optimization", "running")}
LINEAR |= {"batch_size": 4, "bucket_batches": 2}
MAP = np.random.default_rng(0).normal(size=(80, 9)).astype(np.float32) / 9


class ToyPostNet(nn.Linear):
    """Each frame alone."""

    def forward(self, mels, frames):
        assert frames.max() == mels.shape[1]
        return super().forward(mels)


def make_recordings(count=10):
    rng = np.random.default_rng(1)
    mels = [rng.random((int(rng.integers(3, 12)), 80), np.float32) for _ in range(count)]
    return mels, [mel @ MAP for mel in mels]


def make_loop(path, runtime, recordings=None, **changes):
    torch.manual_seed(5)
    config = settings(TrainMelToLinear, LINEAR, **changes)
    network = ToyPostNet(80, 9)
    mels, linears = recordings or make_recordings()
    setup = TrainingSetup(runtime, 5, Checkpoint(path))
    return prepare_mel_to_linear(network, mels, linears, config, setup)


@pytest.mark.parametrize("stop", [1, 5, 8])
def test_resumed_equals_uninterrupted(tmp_path, runtime, stop):
    whole = finish(make_loop(tmp_path / "whole.pt", runtime))
    for progress in make_loop(tmp_path / "killed.pt", runtime).run():
        if progress.steps == stop:
            break
    assert_equal(finish(make_loop(tmp_path / "killed.pt", runtime)), whole)


def test_a_linear_map_is_learned(tmp_path, runtime):
    changes = {"steps": 200, "log_steps": 20, "checkpoint_steps": 200}
    loop = finish(make_loop(tmp_path / "a.pt", runtime, **changes))
    curve = [row["linear"] for row in loop.progress.rows]
    assert curve[-1] < 0.2 * curve[0]


def test_the_loss_is_that_of_each_recording_alone():
    mels, linears = make_recordings(3)
    torch.manual_seed(5)
    loss = LinearLoss(ToyPostNet(80, 9))
    items = np.arange(3)
    frames = torch.tensor([len(mel) for mel in mels])
    together = loss((pad(mels, items), pad(linears, items), frames))["linear"]
    alone = [
        loss((pad(mels, [item]), pad(linears, [item]), frames[item : item + 1]))["linear"]
        for item in items
    ]
    weighted = sum(n * value for n, value in zip(frames, alone, strict=True)) / frames.sum()
    assert torch.allclose(together, weighted)


def test_read_only_memory_maps_are_read(tmp_path, runtime):
    maps = ([], [])
    for side, arrays in zip(maps, make_recordings(), strict=True):
        for number, array in enumerate(arrays):
            path = tmp_path / f"{array.shape[1]}-{number}.npy"
            np.save(path, array)
            side.append(np.load(path, mmap_mode="r", allow_pickle=False))
    mapped = finish(make_loop(tmp_path / "a.pt", runtime, maps))
    assert_equal(mapped, finish(make_loop(tmp_path / "b.pt", runtime)))


def test_spectrograms_that_disagree_are_refused(tmp_path, runtime):
    mels, linears = make_recordings()
    for wrong in (linears[:-1], [linears[0][:-1], *linears[1:]]):
        with pytest.raises(DataError, match="differ in number or length; make both again"):
            make_loop(tmp_path / "a.pt", runtime, (mels, wrong))
    with pytest.raises(DataError, match="no items"):
        make_loop(tmp_path / "a.pt", runtime, ([], []))
