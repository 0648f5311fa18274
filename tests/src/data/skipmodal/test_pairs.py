"""Shards of pairs: the same bytes each time, and damage is noticed."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.config.skipmodal.pairs import Source, whole
from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.pairs import quantise
from crossmodal.data.skipmodal.sharding import shard_captions, shard_speech
from crossmodal.errors import DataError
from crossmodal.files import read_json, sha256
from tests.src.data.skipmodal.conftest import (
    captions_config,
    exhaust,
    spectrogram_config,
    speech_config,
)


def hashes(folder):
    return {path.name: sha256(path) for path in folder.iterdir()}


def read(folder, split="train"):
    return [record for _, record in PairReader(folder, split).read()]


def test_the_same_input_gives_the_same_bytes(coco, image_text, ljspeech, text_speech, tmp_path):
    splits = whole(["train", "validation"])
    exhaust(shard_captions(tmp_path / "a", coco, splits, captions_config()))
    config, spectrograms = speech_config(), spectrogram_config()
    exhaust(shard_speech(tmp_path / "b", ljspeech, splits, config, spectrograms))
    assert hashes(image_text) == hashes(tmp_path / "a")
    assert hashes(text_speech) == hashes(tmp_path / "b")
    assert len(hashes(image_text)) == len(hashes(text_speech)) == 4 + 1 + 2


def test_manifest_has_a_row_for_every_sample(image_text, text_speech):
    images = pq.read_table(image_text / MANIFEST).to_pandas()
    assert images["id"].tolist() == [str(i) for i in [*range(1, 18), *range(100, 104)]]
    assert images.groupby("split").size().to_dict() == {"train": 17, "validation": 4}
    assert images["row"].tolist()[:5] == [0, 1, 2, 0, 1]
    assert set(images["width"]) == {24} and set(images["height"]) == {20}
    clips = pq.read_table(text_speech / MANIFEST).to_pandas()
    lengths = np.concatenate([[len(r["mel"]) for r in read(text_speech, s)] for s in
                              ("train", "validation")])  # fmt: skip
    assert clips["frames"].tolist() == lengths.tolist()
    assert (clips["frames"] == 1 + clips["samples"] // 100).all()
    assert read_json(image_text / "broken.json") == {"counts": {}, "skipped": []}


def test_values_are_within_half_a_step():
    levels = np.linspace(0, 1, 1001, dtype=np.float32)
    assert np.abs(quantise(levels) / 255 - levels).max() <= 0.5 / 255 + 1e-6


def test_parts_of_one_source_share_no_image(coco, tmp_path):
    splits = {"train": Source("train", 0, 50), "validation": Source("train", 50, 100)}
    exhaust(shard_captions(tmp_path / "a", coco, splits, captions_config()))
    ids = [PairReader(tmp_path / "a", split).rows["id"].to_pylist() for split in splits]
    assert [int(i) for part in ids for i in part] == list(range(1, 18))
    assert [len(part) for part in ids] == [8, 9]


@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["image_text", "text_speech"])
def test_a_damaged_shard_or_manifest_is_noticed(request, tmp_path_factory, kind, data):
    source = request.getfixturevalue(kind)
    folder = tmp_path_factory.mktemp("damaged") / "pairs"
    shutil.copytree(source, folder)
    name = data.draw(st.sampled_from(["train-00001.tar", MANIFEST]))
    content = bytearray((folder / name).read_bytes())
    if data.draw(st.booleans(), label="cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        offset = data.draw(st.integers(0, len(content) - 1))
        content[offset] ^= 1 << data.draw(st.integers(0, 7))
    (folder / name).write_bytes(content)
    try:
        found = read(folder)
    except DataError as error:
        assert name in str(error) or str(folder) in str(error)
        assert "\n" not in str(error)
    else:  # what was altered is padding or a name that nobody reads
        for one, other in zip(read(source), found, strict=True):
            assert all(np.array_equal(one[name], other[name]) for name in one)


def test_missing_and_swapped_shards_are_named(image_text, tmp_path):
    folder = tmp_path / "pairs"
    shutil.copytree(image_text, folder)
    shutil.copy(folder / "train-00001.tar", folder / "train-00000.tar")
    with pytest.raises(
        DataError, match=r"train-00000\.tar: 'train-00001-00000\.images\.npy' is not in"
    ):
        read(folder)
    (folder / "train-00000.tar").unlink()
    with pytest.raises(DataError, match=r"train-00000\.tar is missing"):
        read(folder)
    with pytest.raises(DataError, match="no split 'test'"):
        PairReader(folder, "test")
    (folder / MANIFEST).unlink()
    with pytest.raises(DataError, match=r"manifest\.parquet is missing"):
        PairReader(folder, "train")
