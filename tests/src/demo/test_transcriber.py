"""What a recogniser hears, in our spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.demo.transcriber import spell


@pytest.mark.parametrize(
    ("heard", "spelt"),
    [
        (" Seven, five.", "seven five"),
        ("7-5", "seven five"),
        ("75.", "seven five"),
        ("Red 7 blue 5!", "red seven blue five"),
        ("I don't know", "i don't know"),
        ("♪ ...", ""),
    ],
)
def test_digits_become_words(heard, spelt):
    assert spell(heard) == spelt


@given(st.text())
def test_spelling_is_small_letters_and_settles(text):
    spelt = spell(text)
    assert spell(spelt) == spelt
    assert set(spelt) <= set("abcdefghijklmnopqrstuvwxyz' ")
