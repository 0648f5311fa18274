"""BLEU and CIDEr: values worked out by hand, and what must hold for all."""

import math

import pytest

from crossmodal.evaluate.skipmodal.caption_scores import caption_scores, distinct_words


def test_bleu_by_hand():
    # 4 of 5 words, 2 of 4 pairs are in the reference, of the same length.
    scores = caption_scores(["a red seven and two"], [["a red nine and two"]])
    assert scores["bleu1"] == pytest.approx(4 / 5, abs=1e-6)
    assert scores["bleu2"] == pytest.approx(math.sqrt(4 / 5 * 2 / 4), abs=1e-6)


def test_the_reference_itself_is_best():
    texts = ["a red seven left of a two", "the large nine is blue", "three digits one two three"]
    best = caption_scores(texts, [[text] for text in texts])
    assert [best[f"bleu{n}"] for n in range(1, 5)] == pytest.approx([1] * 4)
    assert best["cider"] == pytest.approx(10)
    shifted = caption_scores(texts[1:] + texts[:1], [[text] for text in texts])
    assert all(shifted[name] < best[name] for name in best)


def test_scores_of_empty_hypotheses_are_zero():
    scores = caption_scores(["", "?"], [["a red seven"], ["two"]])
    assert set(scores.values()) == {0}


def test_distinct_words_are_counted_after_normalisation():
    assert distinct_words(["A red 7.", "a blew seven", ""]) == 4
