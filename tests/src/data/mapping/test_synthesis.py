"""Held-out pairs and MNIST's test images never meet the training split."""

import hashlib

import numpy as np
import pyarrow.parquet as pq
import pytest

from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.shards import MANIFEST, ShardReader
from tests.conftest import HELD_OUT


@pytest.mark.parametrize("dataset", ["double", "colored"])
def test_splits_share_no_pair_and_no_source(image_folders, digits, dataset):
    manifest = pq.read_table(image_folders[dataset] / MANIFEST).to_pandas()
    pairs = manifest["left_digit"] * 10 + manifest["right_digit"]
    held_out = {int(pair) for pair in HELD_OUT}
    assert set(pairs[manifest["split"] == "held_out"]) == held_out
    assert set(pairs[manifest["split"] == "train"]) == set(range(100)) - held_out


@pytest.mark.parametrize("dataset", ["double", "colored"])
def test_pixels_are_those_of_the_split_the_manifest_names(image_folders, digits, dataset):
    """The images themselves, not the manifest's word for it."""
    for split, own, foreign in (("train", *digits), ("held_out", *reversed(digits))):
        own_halves = {half.tobytes() for half in own.images}
        foreign_halves = {half.tobytes() for half in foreign.images}
        for block in ShardReader(image_folders[dataset], split).read_all():
            for half in np.concatenate(np.split(block.images.max(1), 2, axis=2)):
                assert half.tobytes() in own_halves
                assert half.tobytes() not in foreign_halves


def test_golden_images(digits, synthesis_config, tmp_path):
    """A change of the draws would silently change every result."""
    for _ in synthesize(tmp_path / "colored", "colored", *digits, synthesis_config):
        pass
    digest = hashlib.sha256()
    for block in ShardReader(tmp_path / "colored", "train").read_all():
        digest.update(block.images.tobytes())
    assert digest.hexdigest()[:16] == "58963ff679e386f4"


def test_a_failed_synthesis_leaves_nothing(digits, synthesis_config, tmp_path):
    shards = synthesize(tmp_path / "double", "double", *digits, synthesis_config)
    next(shards)
    shards.close()
    assert not list(tmp_path.iterdir())
