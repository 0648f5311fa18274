"""BLEU and CIDEr: values worked out by hand, and what must hold for all."""

import math

import pytest

from crossmodal.evaluate.skipmodal.caption_scores import caption_scores, distinct_words
from crossmodal.evaluate.skipmodal.normalization import GRAMMAR


def test_bleu_by_hand():
    # 4 of 5 words, 2 of 4 pairs are in the reference, of the same length.
    scores = caption_scores(["a red seven and two"], [["a red nine and two"]])
    assert scores["bleu1"] == pytest.approx(4 / 5, abs=1e-6)
    assert scores["bleu2"] == pytest.approx(math.sqrt(4 / 5 * 2 / 4), abs=1e-6)


def test_the_reference_itself_is_best():
    texts = ["a red seven left of a two", "the large nine is blue", "three digits one two three"]
    best = caption_scores(texts, [[text] for text in texts])
    assert [best[f"bleu{n}"] for n in range(1, 5)] == pytest.approx([1] * 4)
    assert best["cider"] == pytest.approx(10) and best["rouge_l"] == pytest.approx(1)
    shifted = caption_scores(texts[1:] + texts[:1], [[text] for text in texts])
    assert all(shifted[name] < best[name] for name in best)


def test_rouge_l_by_hand():
    # "a red and two": 4 of 5 words said, 4 of 4 there; recall counts more, by 1.2 squared.
    scores = caption_scores(["a big red and two"], [["a red and two"]])
    assert scores["rouge_l"] == pytest.approx((1 + 1.44) * 0.8 / (1 + 1.44 * 0.8))


def test_words_are_the_official_ones():
    hypotheses = ["Two dogs don't (really) run.", "the bus to St. Ives, at 8:30 a.m."]
    references = [
        ["2 dogs don't really run", "Two dog's run!"],
        ["A bus to St Ives at 8.30", "the bus for St. Ives at 8:30 a.m"],
    ]
    assert caption_scores(hypotheses, references) == pytest.approx(OFFICIAL, abs=1e-5)


# By pycocoevalcap 1.2 with its own tokeniser, in Java.
OFFICIAL = {
    **{"bleu1": 0.8125, "bleu2": 0.637377, "bleu3": 0.466564, "bleu4": 0.317456},
    **{"cider": 2.603087, "rouge_l": 0.741587},
}


def test_scores_of_empty_hypotheses_are_zero():
    scores = caption_scores(["", "?"], [["a red seven"], ["two"]])
    assert set(scores.values()) == {0}


def test_distinct_words_are_counted_after_normalisation():
    texts = ["A red 7.", "a blew seven", ""]
    assert distinct_words(texts, GRAMMAR) == distinct_words(texts) == 4
    assert distinct_words(["to two"], GRAMMAR) == 1 and distinct_words(["to two"]) == 2
