import numpy as np
import pytest
import torch

from crossmodal.data.mapping.classes import all_classes, split_classes
from crossmodal.data.shards import Block, ShardReader
from crossmodal.errors import DataError
from crossmodal.evaluate.mapping.examples import pick_by_pair, rank_classes, read_classes
from crossmodal.evaluate.mapping.generation import read_correctly
from crossmodal.evaluate.mapping.retrieval import by_captioner, by_latent
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.mapping import Mapping
from tests.conftest import HELD_OUT


@pytest.mark.parametrize(("dataset", "channels"), [("double", 1), ("colored", 3)])
def test_what_is_read_agrees_with_the_measure(dataset, channels):
    classifier = DigitClassifier().eval()
    images = np.random.default_rng(0).integers(0, 256, (200, channels, 28, 56), np.uint8)
    read = read_classes(classifier, images)
    assert len(set(read)) > 1 and set(read) <= set(all_classes(dataset))
    wanted = [*read[:100], *read[1:101]]
    right = read_correctly(classifier, torch.from_numpy(images).float() / 255, wanted)
    assert right.tolist() == [a == b for a, b in zip(read, wanted, strict=True)]
    assert right[:100].all() and not right.all()


@pytest.mark.parametrize(("captioner_size", "way"), [(0, by_latent), (4, by_captioner)])
def test_the_nearest_class_is_the_one_that_the_measure_finds(captioner_size, way):
    mapping = Mapping(6, 5, 8, captioner_size).eval()
    images, sources = torch.randn(30, 6), torch.randn(40, 5)
    ranks = rank_classes(mapping, images, sources, 3)
    assert ranks.shape == (30, 3)
    distances = way(mapping, images, sources)
    assert torch.equal(ranks[:, 0], distances.argmin(1))
    three = distances.gather(1, ranks)
    assert (three.diff(dim=1) >= 0).all()
    assert ((distances < three[:, 2:]).sum(1) == 2).all()


@pytest.mark.parametrize("dataset", ["double", "colored"])
def test_the_first_image_of_each_pair(image_folders, dataset):
    _, held_out = split_classes(dataset, HELD_OUT)
    blocks = list(ShardReader(image_folders[dataset], "held_out").read_all())
    images, shown = pick_by_pair(blocks, held_out)
    assert [c.pair for c in shown] == sorted(int(pair) for pair in HELD_OUT)
    every = np.concatenate([block.images for block in blocks])
    classes = np.concatenate([block.classes for block in blocks])
    pairs = classes if dataset == "double" else classes // 9
    for image, found in zip(images, shown, strict=True):
        first = np.flatnonzero(pairs == found.pair)[0]
        assert np.array_equal(image, every[first]) and classes[first] == found.index


def test_reading_stops_when_all_pairs_are_there_and_fails_when_one_is_not():
    _, held_out = split_classes("double", ("07", "42"))
    images = np.zeros((2, 1, 28, 56), np.uint8)

    def blocks():
        yield Block(images, np.array([42, 7], np.int16), {})
        pytest.fail("read on")

    assert [c.pair for c in pick_by_pair(blocks(), held_out)[1]] == [7, 42]
    with pytest.raises(DataError, match="no held-out image of the digit pairs 42"):
        pick_by_pair([Block(images, np.array([7, 7], np.int16), {})], held_out)
