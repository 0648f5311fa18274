"""Pictures of scenes are read nearly all right, and pictures of other things are not."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
import torch

from crossmodal.data.digit_placement import center_digit
from crossmodal.data.skipmodal.captions import captions
from crossmodal.data.skipmodal.scene_drawing import RGB, render
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.evaluate.skipmodal.drawn_scenes import (
    BRIGHT,
    Mark,
    SceneReader,
    judge_marks,
    measure_drawn,
    nearest_psnr,
)
from crossmodal.words import DIGIT_WORDS
from tests.src.evaluate.skipmodal.drawn_scenes import draw

SIDE = 64


def draw_digit(number):
    """A shape as large and with the margin of MNIST's digits, [28, 28].

    A post with four arms, to the left or to the right as the number's bits say.
    """
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:16] = 255
    for bit, row in enumerate((4, 10, 15, 21)):
        left = 5 if number >> bit & 1 else 16
        picture[row : row + 3, left : left + 7] = 255
    return picture


DIGITS = {word: draw_digit(number)[None] for number, word in enumerate(DIGIT_WORDS)}


class Nearest(torch.nn.Module):
    """A classifier: which of the digits looks the most like a picture."""

    def __init__(self):
        super().__init__()
        known = [center_digit(DIGITS[word][0].astype(np.float32) / 255) for word in DIGIT_WORDS]
        self.known = torch.from_numpy(np.stack(known)).flatten(1)

    def forward(self, images):
        return -torch.cdist(images.flatten(1), self.known)


@pytest.fixture(scope="module")
def reader():
    return SceneReader(Nearest())


def paint(*scenes, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([render(scene, SIDE, DIGITS, rng) for scene in scenes])


def fullest(scene):
    """The caption of a scene that states the most."""
    return max(captions(scene), key=lambda text: len(judge_marks([], text, scene).total))


@pytest.fixture(scope="module")
def shown():
    scenes = draw(150, seed=4)
    return scenes, [fullest(scene) for scene in scenes], paint(*scenes)


def test_real_pictures_are_read_nearly_all_right(reader, shown):
    scenes, sentences, pictures = shown
    measured = measure_drawn(pictures, sentences, scenes, pictures, reader)
    shares = measured["attributes"]
    for kind, least in {"digit": 0.95, "color": 0.97, "size": 0.93, "count": 0.95}.items():
        assert shares[kind] > least, shares
    assert shares["relation"] > 0.9 and shares["scenes"] > 0.9, shares
    assert measured["items"] == 150 and measured["bright"] == 1 and measured["psnr"] == 60


def test_pictures_of_other_scenes_score_near_chance(reader, shown):
    scenes, sentences, pictures = shown
    wrong = np.roll(pictures, 1, axis=0)
    shares = measure_drawn(wrong, sentences, scenes, pictures, reader)["attributes"]
    # Of up to three digits the best order counts, so a little more than for sentences.
    assert 0.05 < shares["digit"] < 0.3 and 0.1 < shares["color"] < 0.45
    assert shares["count"] < 0.6 and shares["scenes"] < 0.04


@pytest.mark.parametrize("brightest", [0, 40, BRIGHT - 1])
def test_a_picture_as_dark_as_this_shows_nothing(reader, shown, brightest):
    scenes, sentences, pictures = shown
    dark = (pictures[:9].astype(np.float64) * brightest / 255).astype(np.uint8)
    assert all(reader.read(picture) == [] for picture in dark)
    measured = measure_drawn(dark, sentences[:9], scenes[:9], pictures, reader)
    assert measured["attributes"]["overall"] == 0 == measured["bright"]


def test_half_as_bright_is_read_the_same(reader, shown):
    _, _, pictures = shown
    for picture in pictures[:20]:
        dim = [mark.item for mark in reader.read(picture // 2 + picture // 8)]
        assert dim == [mark.item for mark in reader.read(picture)]


def test_marks_are_where_digits_stand_from_left_to_right(reader):
    scene = Scene(tuple(Item("small", color, "eight") for color in ("white", "red", "blue")))
    for number, picture in enumerate(paint(*[scene] * 10)):
        marks = reader.read(picture)
        assert [mark.item.color for mark in marks] == ["white", "red", "blue"], number
        for mark in marks:
            rows, columns = np.nonzero((picture == RGB[mark.item.color]).all(2))
            middle = [(each.min() + each.max()) / 2 for each in (rows, columns)]
            assert abs(mark.down - middle[0]) < 2 and abs(mark.across - middle[1]) < 2


def test_a_digit_blurred_by_its_strokes_is_one_and_dust_is_none(reader):
    digit = Scene((Item("large", "green", "two"),))
    (picture,) = paint(digit)
    (whole,) = reader.read(picture)
    cut = picture.copy()
    cut[int(whole.down) + 4] = 0  # a line of a pixel through its strokes
    assert [mark.item for mark in reader.read(cut)] == [whole.item]
    cut[:3, :3] = 255
    assert [mark.item for mark in reader.read(cut)] == [whole.item]


def test_a_digit_is_of_all_that_touches_and_has_its_colour_and_of_nothing_else(reader):
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[10:20, 10:20] = picture[20:34, 20:26] = RGB["red"]  # they touch at a corner
    picture[10:20, 12] = RGB["white"]  # a line too thin to be a digit
    (mark,) = reader.read(picture)
    red = np.argwhere((picture == RGB["red"]).all(2))
    assert (mark.down, mark.across) == pytest.approx(red.mean(0))


def test_what_is_no_digit_may_still_be_read_but_bounds_hold(reader):
    rng = np.random.default_rng(0)
    scene = draw(1)[0]
    for share in (0.02, 0.3, 1):
        noise = rng.integers(0, 256, (SIDE, SIDE, 3)) * (rng.random((SIDE, SIDE, 1)) < share)
        judged = judge_marks(reader.read(noise.astype(np.uint8)), fullest(scene), scene)
        assert all(0 <= judged.right[kind] <= judged.total[kind] for kind in judged.total)
    (mark,) = reader.read(np.full((SIDE, SIDE, 3), 255, np.uint8))
    assert mark.item.size == "large" and mark.item.color == "white"


PAIR = Scene((Item("small", "red", "seven"), Item("large", "blue", "two")))
STATED = "a small red seven left of a large blue two"


def place(scene, step=20):
    """Marks of what a scene shows, as it stands there."""
    across = (step, 0) if scene.axis == "horizontal" else (0, step)
    return [
        Mark(item, 9.0 + across[0] * n, 9.0 + across[1] * n) for n, item in enumerate(scene.items)
    ]


def wrong_of(marks, sentence=STATED, scene=PAIR):
    judged = judge_marks(marks, sentence, scene)
    assert all(0 <= judged.right[kind] <= judged.total[kind] for kind in judged.total)
    return +(judged.total - judged.right)


def test_what_is_there_is_all_right_in_whatever_order_it_was_found():
    for scene in draw(40, seed=1):
        for marks in permutations(place(scene)):
            assert judge_marks(marks, fullest(scene), scene).all_right, scene


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"digit": "six"}, {"digit": 1}),
        ({"color": "white"}, {"color": 1}),
        ({"size": "small"}, {"size": 1}),
        ({"digit": "six", "size": "small"}, {"digit": 1, "size": 1}),
    ],
)
def test_each_wrong_attribute_counts_once(change, wrong):
    first, second = place(PAIR)
    values = {"size": second.item.size, "color": "blue", "digit": "two"} | change
    assert wrong_of([first, Mark(Item(**values), second.across, second.down)]) == wrong


def test_further_digits_are_wrong_ones_and_missing_ones_too():
    marks = place(PAIR)
    for count in range(1, 8):
        extra = Mark(Item("small", "red", "seven"), 50.0, 9.0)
        missed = dict.fromkeys(("digit", "color", "size"), count)
        assert wrong_of([*marks, *[extra] * count]) == missed | {"count": 1}
    missing = dict.fromkeys(("digit", "color", "size", "relation", "count"), 1)
    assert wrong_of(marks[:1]) == missing
    assert wrong_of([]) == {kind: 2 if count == "each" else 1 for kind, count in ABSENT.items()}


ABSENT = {"digit": "each", "color": "each", "size": "each", "relation": "one", "count": "one"}


def test_a_relation_is_of_the_axis_and_the_order():
    other = Scene(PAIR.items, "vertical")
    above = "a small red seven above a large blue two"
    assert wrong_of(place(other), above, other) == {}
    assert wrong_of(place(other)) == {"relation": 1}
    assert wrong_of(place(PAIR), above, other) == {"relation": 1}
    first, second = place(PAIR)
    turned = [Mark(first.item, second.across, 9.0), Mark(second.item, first.across, 9.0)]
    assert wrong_of(turned) == {"relation": 1}
    # More beside than along it is no longer left of.
    for down, wrong in ((28.0, {}), (30.0, {"relation": 1})):
        assert wrong_of([first, Mark(second.item, second.across, down)]) == wrong
    three = Scene(tuple(Item("small", "red", word) for word in ("one", "two", "six")))
    text = fullest(three)
    marks = place(three)
    swapped = [marks[0], Mark(marks[1].item, 49.0, 9.0), Mark(marks[2].item, 29.0, 9.0)]
    assert judge_marks(marks, text, three).total["relation"] == 1
    assert wrong_of(swapped, text, three) == {"relation": 1}


def test_what_a_sentence_does_not_state_does_not_count():
    marks = place(PAIR)
    large = [Mark(Item("large", m.item.color, m.item.digit), 9.0, 9.0) for m in marks]
    judged = judge_marks(large, "a red seven and a blue two", PAIR)
    assert judged.all_right and judged.total == {"digit": 2, "color": 2, "count": 1}
    assert wrong_of(large) == Counter(size=1, relation=1)


def test_the_nearest_picture_is_found_as_by_hand():
    rng = np.random.default_rng(0)
    real = rng.integers(0, 256, (600, 5, 6, 3)).astype(np.uint8)  # more than at a time
    made = np.concatenate([rng.integers(0, 256, (3, 5, 6, 3)).astype(np.uint8), real[2::290]])
    for picture, found in zip(made, nearest_psnr(made, real), strict=True):
        errors = [((picture / 255 - each / 255) ** 2).mean() for each in real]
        assert found == pytest.approx(min(60, -10 * np.log10(max(min(errors), 1e-6))))
    black = np.zeros((1, 5, 6, 3), np.uint8)
    assert nearest_psnr(black, black + 255) == pytest.approx(0)


def test_without_scenes_or_a_reader_only_light_is_measured(reader, shown):
    scenes, sentences, pictures = shown
    pictures = np.concatenate([pictures[:3], np.zeros_like(pictures[:1])])
    for about, reads in ((None, reader), (scenes[:4], None)):
        measured = measure_drawn(pictures, sentences[:4], about, pictures[:2], reads)
        assert measured["attributes"] == {} and measured["bright"] == 0.75
        assert measured["psnr"] == pytest.approx(nearest_psnr(pictures, pictures[:2]).mean())


def test_pictures_and_what_they_are_of_must_be_as_many(reader, shown):
    scenes, sentences, pictures = shown
    with pytest.raises(ValueError):
        measure_drawn(pictures[:3], sentences[:2], scenes[:3], pictures, reader)
