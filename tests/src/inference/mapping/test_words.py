import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.mapping.classes import DATASETS, all_classes
from crossmodal.errors import ParameterError
from crossmodal.inference.mapping.words import index_classes, parse_words
from crossmodal.words import DIGIT_WORDS


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_class_is_named_by_its_words_and_its_digits(dataset):
    index = index_classes(dataset)
    for c in all_classes(dataset):
        digits = [str(DIGIT_WORDS.index(w)) if w in DIGIT_WORDS else w for w in c.words]
        for text in (" ".join(c.words), " ".join(digits).upper(), f" {', '.join(c.words)}\n"):
            assert parse_words(text, dataset) == c.words
        assert index[c.words] == c


def test_digits_may_stand_together():
    for text in ("75", "7 5", "7-5", "seven 5", "Seven, FIVE"):
        assert parse_words(text, "double") == ("seven", "five")
    assert parse_words("red7 blue5".replace("7", " 7").replace("5", " 5"), "colored") == (
        "red", "seven", "blue", "five",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["seventy six", "Seventy-Six", "seventy 6", "76", "7 6", "seven\u2011six", "7\u20136",
     "seventy\u2010six", "7\u22126", "seven \u2014 six"],
)  # fmt: skip
def test_two_digits_may_be_said_as_one_number(text):
    assert parse_words(text, "double") == ("seven", "six")


def test_every_number_is_its_two_digits():
    assert parse_words("ten", "double") == ("one", "zero")
    assert parse_words("seventeen", "double") == ("one", "seven")
    assert parse_words("twenty", "double") == ("two", "zero")
    for text in ("seventy zero", "seventy seventeen", "seventy 10", "six seventy", "ten six"):
        with pytest.raises(ParameterError):
            parse_words(text, "double")


@pytest.mark.parametrize(
    ("text", "dataset"),
    [
        ("", "double"), ("seven", "double"), ("7", "double"), ("755", "double"),
        ("seven red", "double"), ("ten one", "double"), ("me.wav", "double"), ("٧٥", "double"),
        ("75", "colored"), ("seven red five blue", "colored"), ("pink 7 blue 5", "colored"),
    ],
)  # fmt: skip
def test_anything_else_says_what_is_allowed(text, dataset):
    with pytest.raises(ParameterError, match=r"allowed: '(seven five|red seven)") as caught:
        parse_words(text, dataset)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2


@given(st.text(), st.sampled_from(DATASETS))
def test_no_text_crashes(text, dataset):
    try:
        assert parse_words(text, dataset) in index_classes(dataset)
    except ParameterError as error:
        assert "\n" not in str(error) and len(str(error)) < 400
