"""What scenes show, which split they belong to, and that no split sees another's combinations."""

from itertools import product

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.scenes import Item, Scene, Splitter
from crossmodal.words import DIGIT_WORDS


def singles():
    return [Scene((Item(*words),)) for words in product(SIZES, COLORS, DIGIT_WORDS)]


def test_every_single_belongs_to_the_split_that_lists_it(held_out):
    splitter = Splitter(held_out)
    for scene in singles():
        item = scene.items[0]
        phrase = f"{item.size} {item.color} {item.digit}"
        if f"{item.color} {item.digit}" in held_out.bindings:
            expected = "binding"
        elif phrase in held_out.validation.singles:
            expected = "validation"
        else:
            expected = "test" if phrase in held_out.test.singles else "train"
        assert splitter.split_of(scene) == expected


def test_pairs_count_in_any_order_and_within_three_digits(held_out):
    splitter = Splitter(held_out)
    pair = [Item("small", "red", "one"), Item("small", "red", "seven")]  # 17: validation
    for items in (pair, pair[::-1]):
        assert splitter.split_of(Scene(tuple(items))) == "validation"
        three = (items[0], Item("small", "red", "four"), items[1])
        assert splitter.split_of(Scene(three)) == "validation"
    mixed = (*pair, Item("small", "red", "two"))  # 12 is the test's
    assert splitter.split_of(Scene(mixed)) is None
    bound = (*mixed, Item("small", "green", "seven"))
    assert splitter.split_of(Scene(bound)) == "binding"


def test_both_sides_get_their_share_of_the_single_digits():
    sides = [scene.side for scene in singles()]
    assert 35 <= sides.count("seen") <= 65
