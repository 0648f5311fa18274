"""Captions that are copied: of pictures that look alike, and those on which most agree."""

import numpy as np
import pytest

from crossmodal.evaluate.skipmodal.copied_captions import agree, find_alike, n_grams, part_captions


def test_a_caption_is_never_among_those_that_it_is_measured_against():
    said, others = part_captions([["a", "b", "c"], ["alone"], ["d", "e"]])
    assert said == ["a", "e"]
    assert others == [["b", "c"], ["d"]]


def test_the_nearest_picture_comes_first_whatever_its_channels_scale():
    rng = np.random.default_rng(0)
    training = rng.normal(size=(50, 8)).astype(np.float32)
    pictures = training[[7, 31]] + rng.normal(size=(2, 8)).astype(np.float32) * 0.05
    scales = np.logspace(-3, 3, 8).astype(np.float32)
    for factor in (1, scales):
        alike = find_alike(pictures * factor, training * factor, 5)
        assert alike[:, 0].tolist() == [7, 31]
        assert alike.shape == (2, 5) and len(set(alike[0].tolist())) == 5


def test_channels_that_never_change_say_nothing():
    training = np.ones((6, 3), np.float32)
    training[:, 0] = np.arange(6)
    assert find_alike(training[[4]], training, 1).shape == (1, 1)
    assert np.isfinite(find_alike(training, training, 6)).all()


def test_most_agree_on_the_sentence_that_shares_most_with_all():
    captions = ["a red house by a lake.", "There is a house by a lake.", "a house by a lake", "cat"]
    assert agree(captions) == "a house by a lake"
    assert agree(captions[::-1]) == "a house by a lake"


def test_a_sentence_of_most_wins_over_one_of_few():
    assert agree(["a boat"] * 2 + ["many cars on a road"] * 3) == "many cars on a road"


@pytest.mark.parametrize("texts", [["alone"], ["...", "!"]])
def test_sentences_with_nothing_in_common_give_one_of_them(texts):
    assert agree(texts) in texts


def test_n_grams_are_runs_of_up_to_four_words():
    assert n_grams("A b.") == {("a",), ("b",), ("a", "b")}
    assert max(map(len, n_grams("one two three four five six"))) == 4
