"""True sentences score 1, one wrong word costs one attribute, wrong scenes score near chance."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.evaluate.skipmodal.attributes import (
    RELATION_WORDS,
    attribute_shares,
    judge,
    kinds_of,
    true_sentences,
)
from crossmodal.evaluate.skipmodal.normalization import normalize
from crossmodal.words import DIGIT_WORDS
from tests.src.evaluate.skipmodal.drawn_scenes import draw

PAIR = Scene((Item("small", "red", "seven"), Item("large", "blue", "two")))
CHOICES = {
    "digit": DIGIT_WORDS,
    "color": COLORS,
    "size": SIZES,
    "relation": RELATION_WORDS,
    "count": ("one", "two", "three"),
}


def test_every_true_sentence_is_all_right():
    for scene in draw(300):
        for sentence in true_sentences(scene):
            assert judge(sentence, scene).all_right, (sentence, scene)


def test_one_swapped_word_is_exactly_one_wrong_attribute():
    rng = random.Random(1)
    tried = 0
    for scene in draw(150):
        for sentence in true_sentences(scene):
            words = normalize(sentence).split()
            places = [(place, kind) for place, kind in enumerate(kinds_of(words)) if kind]
            place, kind = rng.choice(places)
            words[place] = rng.choice([word for word in CHOICES[kind] if word != words[place]])
            if " ".join(words) in map(normalize, true_sentences(scene)):
                continue  # two equal digits: left of and right of are both true
            judged = judge(" ".join(words), scene)
            wrong = judged.total - judged.right
            assert wrong == {kind: 1}, (sentence, words)
            tried += 1
    assert tried > 900


def test_captions_of_other_scenes_score_near_chance():
    scenes = draw(600, seed=2)
    rng = random.Random(2)
    others = [rng.choice(true_sentences(scene)) for scene in [*scenes[1:], scenes[0]]]
    shares = attribute_shares(others, scenes)
    assert 0.05 < shares["digit"] < 0.25
    assert 0.1 < shares["color"] < 0.35
    assert 0.1 < shares["size"] < 0.6
    assert shares["count"] < 0.5 and shares["scenes"] < 0.02


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("A red 7 left of a blew too.", {}),
        ("a blue two left of a red seven", {"relation": 1}),
        ("a red seven left of a blue", {"digit": 1}),
        ("a red heaven left of a blue two", {"digit": 1}),
        ("a red seven", {"digit": 1, "color": 1, "relation": 1, "count": 1}),
        ("three digits, a red seven and a blue two", {"count": 1}),
        ("two digits, a blue seven and a red two", {"color": 2}),
        ("a small red seven and a small blue two", {"size": 1}),
        ("a red green seven and a blue white two", {"color": 2, "count": 1}),
    ],
)
def test_examples(sentence, wrong):
    judged = judge(sentence, PAIR)
    assert judged.total - judged.right == wrong


def test_what_the_nearest_true_sentence_does_not_state_does_not_count():
    assert set(judge("a red seven and a blue two", PAIR).total) == {"digit", "color", "count"}
    assert "size" in judge("a small red seven and a large blue two", PAIR).total


def test_a_list_of_all_words_helps_nobody():
    shares = attribute_shares([" ".join([*COLORS, *DIGIT_WORDS, *SIZES])], [PAIR])
    assert shares["digit"] <= 0.2 and shares["color"] <= 0.4 and shares["count"] == 0


def test_nothing_said_is_nothing_right():
    shares = attribute_shares([""], [PAIR])
    assert shares["overall"] == 0 and shares["scenes"] == 0


def test_a_kind_that_no_sentence_states_has_no_share():
    assert attribute_shares(["a red seven and a blue two"], [PAIR])["size"] is None


@pytest.mark.parametrize(("sentences", "scenes"), [([], []), (["a"], [])])
def test_lists_must_fit(sentences, scenes):
    with pytest.raises(ValueError):
        attribute_shares(sentences, scenes)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*DIGIT_WORDS, *COLORS, *SIZES, "digits", "left", "of", "x", "3"])))
def test_no_sentence_is_more_than_right(words):
    judged = judge(" ".join(words), PAIR)
    assert all(0 <= judged.right[kind] <= judged.total[kind] for kind in judged.total)
    assert set(judged.right) <= set(judged.total)
