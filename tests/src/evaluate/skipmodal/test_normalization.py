"""Texts are brought into one form, and no word of the grammar is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.captions import RELATIONS
from crossmodal.data.skipmodal.spoken_corpus import OTHER, WORDS
from crossmodal.data.skipmodal.vocabulary import words_of
from crossmodal.evaluate.skipmodal.normalization import HOMOPHONES, normalize, plain
from crossmodal.words import DIGIT_WORDS
from tests.src.data.skipmodal.templates import all_templates

FIELDS = ["a", "b", "c", "sa", "sb", "da", "ca", "before", "after", *WORDS]
WORDS_OF_TEMPLATES = words_of(
    template.format(**dict.fromkeys(FIELDS, " "))
    for template in [*OTHER, *(template for _, template in all_templates())]
)
GRAMMAR = {
    *WORDS_OF_TEMPLATES,
    *COLORS,
    *SIZES,
    *DIGIT_WORDS,
    *words_of(word for pair in RELATIONS.values() for word in pair),
    *(word for words in WORDS.values() for word in words),
}


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Seven, five.", "seven five"),
        ("7-5", "seven five"),
        ("12", "one two"),
        ("A Red 7, left of a blue5!", "a red seven left of a blue five"),
        ("Too digits, a read ate and a blew won.", "two digits a red eight and a blue one"),
        ("At 8:00 Anna saw", "at eight o'clock anna saw"),
        ("at eight o’clock", "at eight o'clock"),
        ("now you here of", "now you hear of"),
        ("the write of naïve", "the right of naive"),
        ("left-of", "left of"),
        ("♪ ...", ""),
    ],
)
def test_examples(written, normal):
    assert normalize(written) == normal


def test_every_word_of_the_grammar_stays():
    assert all(normalize(word) == word for word in GRAMMAR)


def test_homophones_stand_in_no_sentence_and_become_words_of_the_grammar():
    assert not HOMOPHONES.keys() & GRAMMAR
    assert set(HOMOPHONES.values()) <= GRAMMAR


@given(st.text())
def test_what_is_normal_stays(text):
    normal = normalize(text)
    assert normalize(normal) == normal
    assert set(normal) <= set("abcdefghijklmnopqrstuvwxyz' ")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Two dogs, to the left; too big!", "two dogs to the left too big"),
        ("Don't! It’s the dogs' 'home'.", "don't it's the dogs home"),
        ("well-known café — 1,200 people", "well known cafe one thousand two hundred people"),
        ("Dr. No of St. Ives, and Mrs. X", "doctor no of saint ives and missus x"),
        ("the 15th century (1455)", "the fifteenth century fourteen fifty five"),
        ("colour isn't color", "colour isn't color"),
        ("一 ... ♪ ᴬ ½", "一 a one two"),
    ],
)
def test_texts_of_people_keep_their_words(written, words):
    assert plain(written) == words


@given(st.text())
def test_what_is_plain_stays(text):
    assert plain(plain(text)) == plain(text)


@given(st.integers(0, 10**9))
def test_numerals_are_spelt_digit_by_digit(number):
    assert normalize(str(number)).split() == [DIGIT_WORDS[int(digit)] for digit in str(number)]
