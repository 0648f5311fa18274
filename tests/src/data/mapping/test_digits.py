from itertools import pairwise

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.mapping.classes import COLORED, all_classes, split_classes
from crossmodal.data.mapping.digits import (
    CHANNELS,
    COMPOSERS,
    compose_images,
    draw_span,
    draw_uniform,
)
from tests.conftest import make_digits

DIGITS = make_digits(1)
PAIRS = [3, 7, 42, 88, 91]


@given(
    seed=st.integers(0, 2**63),
    cuts=st.lists(st.integers(1, 59), max_size=5),
    pairs=st.lists(st.integers(0, 99), min_size=1, max_size=7, unique=True),
)
def test_draws_do_not_depend_on_how_the_work_is_cut(seed, cuts, pairs):
    whole = draw_span(DIGITS, seed, pairs, 0, 60)
    edges = [0, *sorted(set(cuts)), 60]
    for first, last in pairwise(edges):
        part = draw_span(DIGITS, seed, pairs, first, last)
        for name in ("pairs", "sources", "colors"):
            assert np.array_equal(getattr(part, name), getattr(whole, name)[first:last])


def test_a_draw_depends_on_seed_pair_and_index_alone():
    assert np.array_equal(draw_uniform(1, 42, 5, 3)[1:], draw_uniform(1, 42, 6, 2))
    assert not np.array_equal(draw_uniform(1, 42, 5, 1), draw_uniform(2, 42, 5, 1))
    assert not np.array_equal(draw_uniform(1, 42, 5, 1), draw_uniform(1, 43, 5, 1))
    alone = draw_span(DIGITS, 1, [42], 0, 10).sources
    among = draw_span(DIGITS, 1, PAIRS, 0, 50)
    assert np.array_equal(among.sources[among.pairs == 42], alone)


def test_draws_are_spread_evenly():
    draws = draw_span(DIGITS, 0, [42], 0, 60_000)
    for digit, sources in zip((4, 2), draws.sources.T, strict=True):
        counts = np.bincount(sources, minlength=60)
        assert set(np.flatnonzero(counts)) == set(DIGITS.of(digit))
        assert counts[counts > 0].min() > 9_500  # six images, 10,000 each
    assert np.bincount(draws.colors.ravel()).min() > 39_500


@pytest.mark.parametrize("dataset", ["double", "colored"])
def test_images_show_their_sources_and_classes(dataset):
    draws = draw_span(DIGITS, 0, PAIRS, 0, 40)
    images = compose_images(DIGITS, draws, dataset)
    classes = all_classes(dataset)
    for image, index, sources, colors in zip(
        images, draws.classes(dataset), draws.sources, draws.colors, strict=True
    ):
        shown = classes[index]
        assert tuple(DIGITS.labels[sources]) == shown.digits
        for side, half in enumerate(np.split(image, 2, axis=2)):
            channel = colors[side] if dataset == "colored" else 0
            assert np.array_equal(half[channel], DIGITS.images[sources[side]])
            assert half.sum() == half[channel].sum()
        assert shown.colors == (tuple(colors) if dataset == "colored" else None)


@pytest.mark.parametrize("dataset", COLORED)
def test_each_data_set_has_a_composer_of_its_shape(dataset):
    assert COMPOSERS.keys() == COLORED.keys()
    images = compose_images(DIGITS, draw_span(DIGITS, 0, PAIRS, 0, 7), dataset)
    assert images.shape == (7, CHANNELS[dataset], 28, 56) and images.dtype == np.uint8


def test_classes_and_their_words():
    assert all_classes("double")[75].words == ("seven", "five")
    colored = all_classes("colored")[51 * 9 + 0 * 3 + 2]
    assert colored.words == ("red", "five", "blue", "one")
    for dataset, count in (("double", 100), ("colored", 900)):
        classes = all_classes(dataset)
        assert [c.index for c in classes] == list(range(count))
        assert len({c.words for c in classes}) == count


def test_sixteen_pairs_held_out_as_in_the_paper(project):
    params = yaml.safe_load((project / "params.yaml").read_text())
    held_out = tuple(params["synthesize_images"]["held_out"])
    assert [len(part) for part in split_classes("double", held_out)] == [84, 16]
    assert [len(part) for part in split_classes("colored", held_out)] == [756, 144]
