import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.skipmodal.symbols import (
    CHARACTERS,
    END,
    PAD,
    SYMBOL_COUNT,
    pad,
    to_symbols,
    to_text,
)
from crossmodal.errors import DataError

TEXT = st.text(CHARACTERS)


def test_there_are_66_symbols():
    assert SYMBOL_COUNT == 66  # paper B, section 3.1
    assert len(set(CHARACTERS)) == 64


@given(TEXT)
def test_a_text_comes_back_from_its_symbols(text):
    symbols = to_symbols(text)
    assert symbols[-1] == END and len(symbols) == len(text) + 1
    assert all(1 < symbol < SYMBOL_COUNT for symbol in symbols[:-1])
    assert to_text([*symbols, PAD, 5, END]) == text


@given(st.lists(TEXT, max_size=5))
def test_padding_changes_no_text(texts):
    padded = pad([to_symbols(text) for text in texts])
    assert len({len(symbols) for symbols in padded}) <= 1
    assert [to_text(symbols) for symbols in padded] == texts


def test_other_characters_are_named():
    with pytest.raises(DataError, match="outside the symbol set: '7é'"):
        to_symbols("é77")
