"""Precomputed maps come back as they were written, and only for what they are of."""

import numpy as np
import pytest

from crossmodal.embed.skipmodal.maps import open_maps, write_manifest, write_split
from crossmodal.errors import DataError

ORIGIN = {"pairs": "abc", "size": 64, "stages": [3, 5]}


def make(folder, maps, parts):
    folder.mkdir()
    steps = list(write_split(folder, "train", maps.shape, iter(np.split(maps, parts))))
    write_manifest(folder, ORIGIN)
    return steps


@pytest.fixture
def maps():
    return np.random.default_rng(0).standard_normal((7, 3, 2, 2)).astype(np.float16)


def test_maps_come_back_however_they_were_cut(tmp_path, maps):
    assert make(tmp_path / "a", maps, [2, 5]) == [2, 5, 7]
    make(tmp_path / "b", maps, [6])
    assert np.array_equal(open_maps(tmp_path / "a", "train", ORIGIN, 7), maps)
    first, second = ((tmp_path / name / "train.npy").read_bytes() for name in "ab")
    assert first == second
    assert len(first) < maps.nbytes + 256


def test_too_few_images_are_noticed_while_writing(tmp_path, maps):
    with pytest.raises(AssertionError, match="5 images of 7"):
        list(write_split(tmp_path, "train", maps.shape, iter([maps[:5]])))


@pytest.mark.parametrize("change", [{"pairs": "abd"}, {"size": 128}, {"stages": [5]}])
def test_maps_of_something_else_are_refused(tmp_path, maps, change):
    make(tmp_path / "a", maps, [3])
    with pytest.raises(DataError, match=r"but needed are those of \{"):
        open_maps(tmp_path / "a", "train", ORIGIN | change, 7)


def test_damage_is_named(tmp_path, maps):
    folder = tmp_path / "a"
    with pytest.raises(DataError, match=r"manifest\.json is missing"):
        open_maps(folder, "train", ORIGIN, 7)
    make(folder, maps, [3])
    with pytest.raises(DataError, match=r"test\.npy is missing"):
        open_maps(folder, "test", ORIGIN, 7)
    with pytest.raises(DataError, match="does not hold maps of 8 images"):
        open_maps(folder, "train", ORIGIN, 8)
    content = (folder / "train.npy").read_bytes()
    for bad in (content[:-3], content[:20], b"", b"PK\x03\x04" + content):
        (folder / "train.npy").write_bytes(bad)
        with pytest.raises(DataError, match=r"train\.npy is damaged"):
            open_maps(folder, "train", ORIGIN, 7)
    np.save(folder / "train.npy", np.array([{}] * 7), allow_pickle=True)
    with pytest.raises(DataError, match=r"train\.npy is damaged"):
        open_maps(folder, "train", ORIGIN, 7)
    np.save(folder / "train.npy", maps.astype(np.float32))
    with pytest.raises(DataError, match="does not hold maps"):
        open_maps(folder, "train", ORIGIN, 7)
