"""Whatever is wrong with a manifest or a shard: the images that were written, or one line."""

import shutil
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.shards import MANIFEST, Block, ShardReader, ShardWriter
from crossmodal.errors import DataError
from tests.src.data.damage import damage_parquet, damage_tar


@pytest.fixture(scope="module")
def known(image_folders):
    """The folder, and the checksum of every image with its class."""
    folder = image_folders["double"]
    return folder, count_images(ShardReader(folder, "train"))


def count_images(reader):
    found = {}
    for block in reader.read_all():
        for image, number in zip(block.images, block.classes, strict=True):
            key = (zlib.crc32(image.tobytes()), int(number))
            found[key] = found.get(key, 0) + 1
    assert reader.image_count == sum(found.values())
    assert reader.image_shape == block.images.shape[1:]
    return found


@settings(max_examples=150)
@given(data=st.data())
def test_no_manifest_ends_in_a_traceback_or_gives_other_images(known, tmp_path_factory, data):
    source, images = known
    folder = tmp_path_factory.mktemp("damaged") / "images"
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    damage_parquet(data, folder / MANIFEST, "shards")
    check(folder, images)


@settings(max_examples=60)
@given(data=st.data())
def test_no_tar_ends_in_a_traceback_or_gives_other_images(known, tmp_path_factory, data):
    source, images = known
    folder = tmp_path_factory.mktemp("damaged") / "images"
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    damage_tar(data, folder / "train-00001.tar")
    check(folder, images)


def check(folder, images):
    try:
        found = count_images(ShardReader(folder, "train"))
    except DataError as error:
        assert str(folder) in str(error) and "\n" not in str(error)
    else:
        assert found == images
    finally:
        shutil.rmtree(folder)


def test_more_records_than_their_names_have_digits_for(tmp_path):
    """`train-00000-1000` stands before `train-00000-999` by the alphabet."""
    writer = ShardWriter(tmp_path / "images", [])
    numbers = np.arange(1002, dtype=np.int16)
    blocks = (
        Block(np.full((1, 1, 2, 2), n % 251, np.uint8), numbers[n : n + 1], {}) for n in numbers
    )
    writer.write("train", blocks)
    writer.close()
    found = [block.classes.item() for block in ShardReader(tmp_path / "images", "train").read_all()]
    assert found == numbers.tolist()


def test_a_split_that_is_not_there_is_named(known):
    with pytest.raises(DataError, match=rf"{MANIFEST} has no split 'test'"):
        ShardReader(known[0], "test")
