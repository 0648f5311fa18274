"""Word error rate, BLEU, CIDEr: values worked out by hand, and what must hold for all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.captions import (
    align,
    caption_scores,
    distinct_words,
    word_error_rate,
)
from crossmodal.evaluate.skipmodal.java_scores import java_scores, missing

words = st.lists(
    st.sampled_from(["a", "red", "blue", "seven", "two", "digits"]), min_size=1, max_size=7
)
sentences = words.map(" ".join)


def edit_distance(left, right):
    """The textbook's table, row by row."""
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        above, row = row, [i]
        for j, other in enumerate(right, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (one != other)))
    return row[-1]


@given(sentences, sentences)
def test_edits_are_the_edit_distance(hypothesis, reference):
    assert align(hypothesis, [reference]).edits == edit_distance(
        hypothesis.split(), reference.split()
    )


@given(sentences, st.lists(sentences, min_size=1, max_size=4))
def test_the_nearest_reference_counts(hypothesis, references):
    rates = [word_error_rate([hypothesis], [[reference]]) for reference in references]
    assert word_error_rate([hypothesis], [references]) == min(rates)


def test_error_rate_is_over_all_words():
    # One substitution in two words, none in three, everything missing of one.
    heard, said = ["a 7", "a red two", ""], [["a two"], ["a red two"], ["seven"]]
    assert word_error_rate(heard, said) == pytest.approx(2 / 6)


def test_said_marks_the_words_that_are_there():
    assert align("red two", ["a red seven two"]).said == (False, True, False, True)


@pytest.mark.parametrize("references", [[], [""], ["a", "..."]])
def test_references_need_words(references):
    with pytest.raises(DataError, match="needs references"):
        align("a", references)


def test_nothing_to_measure_is_an_error():
    with pytest.raises(ValueError, match="no sentence"):
        word_error_rate([], [])
    with pytest.raises(ValueError, match="argument 2 is"):
        word_error_rate(["a"], [])


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


def test_without_java_the_reason_stands(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    scores, reasons = java_scores(["a"], [["a"]])
    assert scores == {"meteor": None, "spice": None}
    assert reasons == {"meteor": "no Java", "spice": "no Java"}


def test_a_jar_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/java")
    assert missing("spice", tmp_path) == "no spice-1.0.jar"


class Scorer:
    def __init__(self, score):
        self.score = score

    def compute_score(self, truth, said):
        assert truth == {0: ["a two"]} and said == {0: ["a seven"]}
        if self.score is None:
            raise BrokenPipeError
        return self.score, [self.score]


@pytest.mark.parametrize(
    ("score", "value", "reason"),
    [(0.25, 0.25, None), (math.nan, None, "gave no number"), (None, None, "BrokenPipeError")],
)
def test_scores_are_numbers_or_have_a_reason(score, value, reason):
    scores, reasons = java_scores(
        ["a 7"], [["a to"]], lambda name: Scorer(score), lambda name: None
    )
    assert scores == {"meteor": value, "spice": value}
    assert all(reason in text for text in reasons.values()) and bool(reasons) == (value is None)


@pytest.mark.slow
def test_meteor_prefers_the_truth():
    if missing("meteor"):
        pytest.skip(str(missing("meteor")))
    right, _ = java_scores(["a red seven"], [["a red seven"]])
    wrong, _ = java_scores(["a blue two"], [["a red seven"]])
    assert right["meteor"] > wrong["meteor"] + 0.3
