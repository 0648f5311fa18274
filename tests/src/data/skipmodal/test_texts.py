"""Texts of people become plain where that changes no word; all others are refused with a reason."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInput
from crossmodal.data.skipmodal.captions import captions, spoken
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.data.skipmodal.symbols import CHARACTERS, to_symbols, to_text
from crossmodal.data.skipmodal.texts import clean_text

PLAIN = {
    " “It’s”\u00a0a\n b—c… ": '"It\'s" a b-c...',
    "It´s a man `s ‛dog’": "It's a man 's 'dog'",
    "«a» ‹b› „c‟ ‚d‘": "\"a\" 'b' \"c\" 'd'",
    "no\u2011break, en–dash, minus −": "no-break, en-dash, minus -",
    "zero\u200bwidth so\u00adft \ufeffmark \u200ejoin\u200d": "zerowidth soft mark join",
    "ﬁnd eﬃcient ﬂags": "find efficient flags",
    "Ｗｉｄｅ　ｓｉｇｎ！": "Wide sign!",
    "thin\u2009space, line\u2028end": "thin space, line end",
    "a café, cafe\u0301, naïve piñata, Ål, Ço": "a cafe, cafe, naive pinata, Al, Co",
    "smørrebrød, Straße, Łódź, æon, Œuvre": "smorrebrod, Strasse, Lodz, aeon, Oeuvre",
    "a 6′ man, a 4″ nail": "a six' man, a four\" nail",
    "a dog & a cat, black&white": "a dog and a cat, black and white",
    "a dog &amp; a &quot;cat&#39;s&quot;": 'a dog and a "cat\'s"',
    "a [blurred] {sign}": "a (blurred) (sign)",
    "wait‼ really⁇": "wait!! really??",
    "42 dogs, 50% off, ２ cats": "forty-two dogs, fifty percent off, two cats",
}
REFUSED = {
    "a dog 🐶": "'🐶' in 'a dog 🐶'",
    "w/ a  ball": "'/' in 'w/ a ball'",
    "a_b": "'_' in 'a_b'",
    "½ a pie of 3 m²": "'²½' in '½ a pie of 3 m²'",  # "m2" would be another word
    "trÃ¨s": "'¨' in 'trÃ¨s'",  # UTF-8 read as Latin-1
    "die 猫": "'猫' in 'die 猫'",
    "АВС": "'АВС' in 'АВС'",  # Cyrillic letters of the same form
    "a\0b": r"'\x00' in 'a\x00b'",
}


@pytest.mark.parametrize("text", PLAIN)
def test_what_changes_no_word_becomes_plain(text):
    assert clean_text(text) == PLAIN[text]


@pytest.mark.parametrize("text", REFUSED)
def test_other_characters_are_refused_by_name(text):
    with pytest.raises(BrokenInput) as caught:
        clean_text(text)
    assert (caught.value.kind, str(caught.value)) == ("unknown characters", REFUSED[text])


@pytest.mark.parametrize("text", ["...", "!!!", "'", " - ", "…", "“”", "?!", "\u200b", "", " \n"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(BrokenInput) as caught:
        clean_text(text)
    assert caught.value.kind == "no words"
    assert str(caught.value).startswith("only " if text.strip(" \n\u200b") else "it is empty")


@given(st.text() | st.text("ab7 .,'`´’&;#-–½é$%\u0301\u200b"))
def test_cleaned_texts_are_symbols_or_refused(text):
    try:
        cleaned = clean_text(text)
    except BrokenInput as error:
        assert error.kind in ("unknown characters", "no words") and str(error)
    else:
        assert to_text(to_symbols(cleaned)) == cleaned == clean_text(cleaned)
        assert cleaned == cleaned.strip() != ""


@given(st.text(CHARACTERS))
def test_symbols_stay_as_they_are(text):
    try:
        assert clean_text(text) == " ".join(text.split())
    except BrokenInput as error:
        assert error.kind == "no words" and not any(map(str.isalpha, text))


@given(st.text("aéïñçÅßœĳﬁ‘’–… "))
def test_both_forms_of_accents_give_the_same(text):
    def clean(form):
        try:
            return clean_text(unicodedata.normalize(form, text))
        except BrokenInput as error:
            return error.kind

    assert clean("NFC") == clean("NFD")


def test_sentences_of_the_grammar_stay():
    scene = Scene((Item("large", "red", "seven"), Item("small", "blue", "two")), "horizontal")
    for text in (*captions(scene), *spoken(scene)):
        assert clean_text(text) == text
