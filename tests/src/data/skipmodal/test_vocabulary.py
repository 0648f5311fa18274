import pytest

from crossmodal.data.skipmodal.vocabulary import (
    describe_overlap,
    frequent_words,
    split_words,
    vocabulary_overlap,
)


@pytest.mark.parametrize("count", [0, 1, 3, 99])
def test_the_vocabulary_is_the_most_frequent_words(count):
    texts = ["b a c", "A b, b!", "a c d"]
    assert frequent_words(texts, count) == ("a", "b", "c", "d")[:count]


def test_words_are_lower_case_and_without_punctuation():
    assert split_words("Is it 3 O'Clock, Anna?") == ["is", "it", "o'clock", "anna"]
    assert split_words("") == []


def test_vocabularies_overlap_in_part():
    overlap = vocabulary_overlap(["A red, seven."], ["a red o'clock", "a kite"])
    expected = {"first": 3, "second": 4, "shared": 2, "overlap": 0.4, "covered": 0.6667}
    assert overlap == expected
    assert describe_overlap(overlap) == (
        "the captions have 3 different words, the spoken texts 4; both have 2, of which 67% of the "
        "captions consist"
    )


def test_frequent_words_count_as_often_as_they_are_written():
    overlap = vocabulary_overlap(["a a a b", "a red dog"], ["a cat"])
    assert (overlap["shared"], overlap["covered"]) == (1, 0.5714)
