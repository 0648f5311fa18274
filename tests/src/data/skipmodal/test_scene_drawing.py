"""Drawn scenes are of their split and side, and pictures show what their scenes say."""

from itertools import combinations

import numpy as np
import pytest

from crossmodal.config.skipmodal.held_out import SIZES, HeldOut
from crossmodal.data.skipmodal.scene_drawing import RGB, SIDES, draw_scenes, render, spread
from crossmodal.data.skipmodal.scenes import SPLITS, Item, Scene, Splitter
from crossmodal.errors import ParameterError
from crossmodal.words import DIGIT_WORDS

NOTHING = {"singles": [], "pairs": []}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("side", ["seen", "heard"])
def test_drawn_scenes_are_of_their_split_and_side_and_the_same_each_time(held_out, side, split):
    splitter = Splitter(held_out)
    scenes = list(draw_scenes(side, split, 60, splitter, 0))
    assert scenes == list(draw_scenes(side, split, 60, splitter, 0))
    assert scenes != list(draw_scenes(side, split, 60, splitter, 1))
    for scene in scenes:
        assert (scene.side, splitter.split_of(scene)) == (side, split)
        if split == "train":  # said by the attributes themselves, not by the splitter
            words = {f"{item.color} {item.digit}" for item in scene.items}
            assert not words & set(held_out.bindings)
            numbers = sorted(DIGIT_WORDS.index(item.digit) for item in scene.items)
            pairs = {f"{a}{b}" for a, b in combinations(numbers, 2)}
            assert not pairs & {*held_out.validation.pairs, *held_out.test.pairs}
    assert {len(scene.items) for scene in scenes} == {1, 2, 3}


def test_a_split_without_combinations_says_what_to_change(monkeypatch):
    monkeypatch.setattr("crossmodal.data.skipmodal.scene_drawing.ATTEMPTS", 500)
    values = {"validation": NOTHING, "test": NOTHING, "bindings": ["red three"]}
    splitter = Splitter(HeldOut.parse(values, "held_out"))
    with pytest.raises(ParameterError, match=r"no scene of the split test .*; change held_out"):
        list(draw_scenes("seen", "test", 1, splitter, 0))


@pytest.fixture(scope="module")
def ink():
    """Digits that fill their square: a drawing's box is then its place."""
    return {word: np.full((1, 28, 28), 255, np.uint8) for word in DIGIT_WORDS}


def box(picture, color):
    rows, columns = np.nonzero((picture == RGB[color]).all(2))
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
@pytest.mark.parametrize("sizes", [("small", "small"), ("large", "small"), ("large", "large")])
def test_pictures_show_colour_size_and_order(ink, axis, sizes):
    canvas, rng = 64, np.random.default_rng(0)
    items = (Item(sizes[0], "red", "one"), Item(sizes[1], "blue", "two"))
    for _ in range(30):
        picture = render(Scene(items, axis), canvas, ink, rng)
        assert picture.shape == (64, 64, 3)
        first, second = box(picture, "red"), box(picture, "blue")
        along, across = (1, 0) if axis == "horizontal" else (0, 1)
        centres = [[place[i] + place[i + 2] for i in (0, 1)] for place in (first, second)]
        distance = [centres[1][i] - centres[0][i] for i in (0, 1)]
        # The relation that the captions name is the larger distance by far.
        assert distance[along] > 2 * abs(distance[across])


@pytest.mark.parametrize("size", SIZES)
def test_one_digit_has_the_side_of_its_size(ink, size):
    rng = np.random.default_rng(0)
    low, high = (round(100 * share) for share in SIDES[size])
    for _ in range(20):
        picture = render(Scene((Item(size, "white", "one"),)), 100, ink, rng)
        top, left, bottom, right = box(picture, "white")
        assert low <= bottom - top == right - left <= high


def test_places_stay_inside_and_in_order():
    rng = np.random.default_rng(0)
    for _ in range(300):
        sides = rng.integers(10, 40, rng.integers(1, 4)).tolist()
        starts = spread(sides, 64, rng)
        assert len(starts) == len(sides) and starts == sorted(starts)
        assert all(0 <= start <= 64 - side for start, side in zip(starts, sides, strict=True))
