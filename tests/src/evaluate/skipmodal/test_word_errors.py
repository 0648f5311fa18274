"""Word error rate: values worked out by hand, and what must hold for all."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.normalization import GRAMMAR
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


@given(st.lists(st.tuples(sentences, sentences), min_size=1, max_size=6))
def test_the_rate_is_that_of_jiwer(pairs):
    heard, said = map(list, zip(*pairs, strict=True))
    expected = jiwer.wer(said, heard)
    assert word_error_rate(heard, [[text] for text in said]) == pytest.approx(expected)


# Reference, hypothesis, and the substitutions, deletions and insertions that sclite 2.4.10 counts.
SCLITE = [
    ("the man called the waiter", "a man called waiter up", (1, 1, 1)),
    ("two dogs", "two dogs", (0, 0, 0)),
    ("yes", "", (0, 1, 0)),
    ("no rain today", "there is no rain today", (0, 0, 2)),
    ("a ship is read for", "a sheep is red four", (3, 0, 0)),
]


def test_the_rate_is_that_of_sclite():
    said, heard, errors = zip(*SCLITE, strict=True)
    for reference, hypothesis, counts in SCLITE:
        assert align(hypothesis, [reference]).edits == sum(counts)
    assert word_error_rate(heard, [[text] for text in said]) == pytest.approx(9 / 16)
    assert sum(map(sum, errors)) == 9 and sum(len(text.split()) for text in said) == 16


def test_homophones_are_errors_but_in_the_grammar():
    assert word_error_rate(["to dogs"], [["two dogs"]]) == 0.5
    assert word_error_rate(["to dogs"], [["two dogs"]], GRAMMAR) == 0


def test_numbers_may_be_written_either_way():
    heard = ["Mr. Lee paid £5 for 42 prints of 1905, the 3rd at 8:00."]
    said = "mister lee paid five pounds for forty-two prints of nineteen oh five"
    said += ", the third at eight o'clock"
    assert word_error_rate(heard, [[said]]) == 0
    assert word_error_rate(["101, 2,005"], [["a hundred and one, two thousand and five"]]) == 0
    assert word_error_rate(["in 1906"], [["in nineteen oh five"]]) == 0.25


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
