"""What is timed exists under its name, in every network, so that no part is lost in the rest."""

import pytest
import yaml

from benchmarks.skipmodal import BLOCKS, READING, RUNS, SHARDING, TRAINING, WRITING, shard
from benchmarks.stopwatch import REST
from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.config.skipmodal.pairs import whole
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from tests.src.data.skipmodal.conftest import (
    captions_config,
    spectrogram_config,
    speech_config,
    write_clips,
    write_images,
)

LIMITS = DataLimits(symbols=65, words=12, frames=269, image_size=64)


@pytest.mark.parametrize("run", RUNS)
def test_all_parameters_are_in_a_part(project, run):
    params = yaml.safe_load((project / "params.yaml").read_text())
    settings = SkipModalRuns.parse(params["skipmodal"], "skipmodal").settle(run, LIMITS)
    network = ARCHITECTURES[settings.architecture].build(settings.network, 0)
    names = [name for name, _ in network.named_parameters()]
    outside = {name for name in names if not name.startswith(tuple(f"{n}." for n in BLOCKS))}
    # The adversary and its like are called by other names than forward.
    assert {name.split(".")[0] for name in outside} <= {"adversary", "hypotheses"}


def test_every_part_has_its_column():
    assert set(BLOCKS.values()) < set(TRAINING)
    assert {part for _, _, part in READING + WRITING} == set(SHARDING)
    for owner, name, _ in READING + WRITING:
        assert callable(getattr(owner, name))


def test_shares_of_sharding_are_those_of_all_its_time(tmp_path):
    write_images(tmp_path / "coco", "train", 8)
    row = shard(tmp_path, "pictures", tmp_path / "coco", whole(("train",)), captions_config())
    assert row.rate > 0 and sum(row.shares.values()) == pytest.approx(1)
    assert set(row.shares) >= {REST, "annotations", "read, decode", "encode", "write"}
    write_clips(tmp_path / "speech", 4)
    config, sound = speech_config(), spectrogram_config()
    row = shard(tmp_path, "clips", tmp_path, whole(("speech",)), config, sound)
    assert set(row.shares) >= {"spectrogram", "encode", "write"}
