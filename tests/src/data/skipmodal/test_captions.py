"""Captions say what a scene shows, in symbols, and pictures and speech never share a text."""

import re

import numpy as np
import pytest

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.captions import captions, fill, spoken
from crossmodal.data.skipmodal.scene_drawing import draw_scene, draw_scenes
from crossmodal.data.skipmodal.scenes import SPLITS, Item, Scene, Splitter
from crossmodal.data.skipmodal.spoken_corpus import draw_other
from crossmodal.data.skipmodal.symbols import unknown_characters
from crossmodal.words import DIGIT_WORDS
from tests.src.data.skipmodal.templates import all_templates


def drawn(count=300):
    rng = np.random.default_rng(0)
    return [draw_scene(rng) for _ in range(count)]


def test_a_pair_reads_as_people_would_say_it():
    scene = Scene((Item("small", "red", "seven"), Item("large", "blue", "two")))
    texts = captions(scene)
    assert len(texts) == 6
    assert texts[0] == "a red seven left of a blue two"
    assert texts[1] == "a blue two right of a red seven"
    above = Scene(scene.items, "vertical")
    assert captions(above)[4] == "the red seven is above the blue two"
    assert spoken(above)[5] == "now you hear of a red seven and a blue two"


@pytest.mark.parametrize("say", [captions, spoken])
def test_every_text_names_the_true_attributes_and_no_others(say):
    for scene in drawn():
        texts = say(scene)
        assert len(texts) == len(set(texts)) >= 5
        for text in texts:
            words = re.findall(r"[a-z]+", text)
            template_words = {"one"} if text.startswith("one digit") else set()
            template_words |= {"two"} if text.startswith("two digits") else set()
            template_words |= {"three"} if text.startswith("three digits") else set()
            said = sorted(words[1:] if template_words else words)
            for names, kind in ((COLORS, "color"), (DIGIT_WORDS, "digit")):
                shown = sorted(getattr(item, kind) for item in scene.items)
                assert [word for word in said if word in names] == shown
            sizes = [word for word in words if word in SIZES]
            assert sizes in ([], [item.size for item in scene.items])
            if len(scene.items) == 1:
                assert sizes


def test_order_in_three_is_told_the_same_way_by_all_captions():
    scene = Scene(tuple(Item("small", "red", digit) for digit in ("one", "two", "three")))
    for text in captions(scene):
        named = [word for word in re.findall(r"[a-z]+", text) if word in DIGIT_WORDS]
        named = named[1:] if text.startswith("three digits") else named
        expected = ["two", "one", "three"] if "between" in text else ["one", "two", "three"]
        assert named == expected


def test_no_text_is_both_seen_and_heard_or_in_two_splits(held_out):
    splitter = Splitter(held_out)
    owners: dict[str, set] = {}
    for side, say in (("seen", captions), ("heard", spoken)):
        for split in SPLITS:
            for scene in draw_scenes(side, split, 150, splitter, 0):
                for text in say(scene):
                    owners.setdefault(text, set()).add((side, split))
    assert len(owners) > 1000
    assert all(len(found) == 1 for found in owners.values())


def test_all_sentences_are_made_of_symbols():
    rng = np.random.default_rng(0)
    texts = [text for scene in drawn() for text in (*captions(scene), *spoken(scene))]
    texts += [draw_other(rng) for _ in range(300)]
    assert not any(unknown_characters(text) or text != text.strip() for text in texts)


def test_templates_fit_their_number_of_digits():
    item = Item("small", "red", "seven")
    for count, template in all_templates():
        assert "{" not in fill(template, Scene((item,) * count))
        if count > 1:
            with pytest.raises(KeyError):
                fill(template, Scene((item,) * (count - 1)))
