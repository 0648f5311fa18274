import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import webdataset as wds
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.shards import MANIFEST, ShardReader
from crossmodal.errors import DataError
from crossmodal.files import sha256


def copy(folder, target):
    shutil.copytree(folder, target)
    return target


def read(folder, split="train"):
    return list(ShardReader(folder, split).read_all())


@pytest.mark.parametrize("dataset", ["double", "colored"])
def test_same_parameters_give_the_same_bytes(
    image_folders, dataset, digits, synthesis_config, tmp_path
):
    for _ in synthesize(tmp_path / "again", dataset, *digits, synthesis_config):
        pass
    first = {p.name: sha256(p) for p in image_folders[dataset].iterdir()}
    again = {p.name: sha256(p) for p in (tmp_path / "again").iterdir()}
    assert first == again
    assert len(first) == 6  # four training shards, one held-out, the manifest


def test_images_do_not_depend_on_shard_and_block_size(
    image_folders, digits, synthesis_config, tmp_path
):
    other = synthesis_config.model_copy(update={"shard_size": 70, "block_size": 9})
    for _ in synthesize(tmp_path / "other", "double", *digits, other):
        pass
    images = [
        np.concatenate([b.images for b in read(f)])
        for f in (image_folders["double"], tmp_path / "other")
    ]
    assert np.array_equal(*images)


def test_manifest_describes_every_image(image_folders):
    for dataset, folder in image_folders.items():
        manifest = pq.read_table(folder / MANIFEST).to_pandas()
        assert manifest.groupby("split").size().to_dict() == {"train": 97 * 4, "held_out": 3 * 40}
        for split, rows in manifest.groupby("split"):
            blocks = read(folder, split)
            assert np.concatenate([b.classes for b in blocks]).tolist() == rows["class"].tolist()
            assert len(blocks) == rows["key"].nunique()
        assert manifest["left_color"].notna().all() == (dataset == "colored")


def test_plain_webdataset_reads_the_shards(image_folders):
    folder = image_folders["double"]
    urls = sorted(str(p) for p in folder.glob("train-*.tar"))
    samples = list(wds.WebDataset(urls, shardshuffle=False).decode("torch"))
    assert sum(len(sample["images.npy"]) for sample in samples) == 97 * 4


@settings(max_examples=60)
@given(data=st.data())
def test_a_cut_or_altered_shard_is_noticed_and_named(image_folders, tmp_path_factory, data):
    folder = copy(image_folders["double"], tmp_path_factory.mktemp("cut") / "images")
    path = folder / "train-00001.tar"
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), label="cut"):
        # The end of a tar is padding: only a cut into its members loses something.
        content = content[: data.draw(st.integers(0, 4 * 50_000), label="length")]
    else:
        offset = data.draw(st.integers(700, 50_000), label="offset")
        content[offset] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    path.write_bytes(content)
    unpadded = [b.images for b in read(image_folders["double"])]
    try:
        found = [b.images for b in read(folder)]
    except DataError as error:
        assert "train-00001.tar" in str(error)
    else:  # what was altered is padding
        assert all(np.array_equal(a, b) for a, b in zip(unpadded, found, strict=True))


def test_missing_swapped_or_foreign_shards_are_named(image_folders, tmp_path):
    folder = copy(image_folders["double"], tmp_path / "images")
    first, second = folder / "train-00000.tar", folder / "train-00001.tar"
    first.rename(folder / "away")
    with pytest.raises(DataError, match=r"train-00000\.tar is missing"):
        read(folder)
    shutil.copy(second, first)
    with pytest.raises(DataError, match=r"train-00000\.tar: 'train-00001-000\.\w+\.npy' is not in"):
        read(folder)


def test_manifest_of_other_images_is_noticed(image_folders, digits, synthesis_config, tmp_path):
    other = synthesis_config.model_copy(update={"seed": 4})
    for _ in synthesize(tmp_path / "other", "double", *digits, other):
        pass
    folder = copy(image_folders["double"], tmp_path / "images")
    shutil.copy(tmp_path / "other" / MANIFEST, folder / MANIFEST)
    with pytest.raises(DataError, match="record train-00000-000 disagrees with the manifest"):
        read(folder)


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
def test_damaged_or_missing_manifest_is_named(image_folders, tmp_path, content):
    folder = copy(image_folders["double"], tmp_path / "images")
    whole = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(DataError, match=r"manifest\.parquet is damaged"):
        ShardReader(folder, "train")
    (folder / MANIFEST).unlink()
    with pytest.raises(DataError, match=r"manifest\.parquet is missing"):
        ShardReader(folder, "train")
