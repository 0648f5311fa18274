"""Whatever is wrong with a manifest or a shard of pairs: what was written, or one line."""

import os
import shutil
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.errors import DataError
from tests.src.data.damage import damage_parquet, damage_tar

STORES = {"image_text": ImageTextStore, "text_speech": TextSpeechStore}


def arrays_of(kind, folder):
    """A checksum of every sample, as a training reads them."""
    store = STORES[kind].open(folder, "train")
    every = np.arange(len(store))
    if kind == "image_text":
        store.batch(every, every)
        return sorted(zlib.crc32(image.tobytes()) for image in store.images)
    store.batch(every)
    return sorted(zlib.crc32(store.linear(n), zlib.crc32(store.mel(n))) for n in every)


@pytest.fixture(scope="module", params=STORES)
def known(request):
    folder = request.getfixturevalue(request.param)
    return request.param, folder, arrays_of(request.param, folder)


def check(kind, folder, expected):
    try:
        found = arrays_of(kind, folder)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert found == expected
    finally:
        shutil.rmtree(folder)


@settings(max_examples=150)
@given(data=st.data())
def test_no_manifest_ends_in_a_traceback_or_gives_other_pairs(known, tmp_path_factory, data):
    kind, source, expected = known
    folder = tmp_path_factory.mktemp("damaged") / "pairs"
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    damage_parquet(data, folder / MANIFEST, "pairs")
    check(kind, folder, expected)


@settings(max_examples=60)
@given(data=st.data())
def test_no_tar_ends_in_a_traceback_or_gives_other_pairs(known, tmp_path_factory, data):
    kind, source, expected = known
    folder = tmp_path_factory.mktemp("damaged") / "pairs"
    shutil.copytree(source, folder, copy_function=shutil.copyfile)
    damage_tar(data, folder / "train-00001.tar")
    check(kind, folder, expected)


@pytest.mark.parametrize("name", [MANIFEST, "train-00001.tar"])
def test_a_pipe_in_a_files_place_is_not_waited_for(image_text, tmp_path, name):
    folder = tmp_path / "pairs"
    shutil.copytree(image_text, folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DataError, match=rf"{name} is a pipe"):
        ImageTextStore.open(folder, "train")
