"""Word error rate: values worked out by hand, and what must hold for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.word_errors import align, word_error_rate

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
