"""Numbers are put in words as they are read out; everything else stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.skipmodal.numbers import spell_numbers

SPELT = {
    "5 dogs and 42 cats": "five dogs and forty-two cats",
    "0, 101, 12,345": "zero, one hundred one, twelve thousand three hundred forty-five",
    "1,234 or 1234": "one thousand two hundred thirty-four or twelve thirty-four",
    "3 million, 0": "three million, zero",
    "3.14 and 0.5": "three point one four and zero point five",
    "-5 of 3-5": "minus five of three-five",
    "1455; 1818.": "fourteen fifty-five; eighteen eighteen.",
    "1905, 1066": "nineteen oh five, ten sixty-six",
    "1500, 2000, 2009, 2010": "fifteen hundred, two thousand, two thousand nine, twenty ten",
    "the 1480s, 1920's or '80s": "the fourteen eighties, nineteen twenties or 'eighties",
    "the 15th, 21st, 2nd, 103rd": "the fifteenth, twenty-first, second, one hundred third",
    "5% or 12.5 %": "five percent or twelve point five percent",
    "£5, £1, $1,200": "five pounds, one pound, one thousand two hundred dollars",
    "$3.50, £0.01, €2.25": "three dollars and fifty cents, one penny, "
    "two euros and twenty-five cents",
    "$1.5 billion": "one point five billion dollars",
    "at 8:00, 8:05, 10:30": "at eight o'clock, eight oh five, ten thirty",
    "at 8:00 p.m. or 9:00AM": "at eight p.m. or nine AM",
    "3D, 5kg, 42-line, B-52": "three D, five kg, forty-two-line, B-fifty-two",
    "agent 007": "agent zero zero seven",
    "a score of 2:1, 1,2 or 1.2.3": "a score of two:one, one,two or one point two.three",
}


@pytest.mark.parametrize("text", SPELT)
def test_numbers_are_read_out(text):
    assert spell_numbers(text) == SPELT[text]


@given(st.text())
def test_text_without_figures_stays(text):
    text = re.sub(r"[0-9]", "", text)
    assert spell_numbers(f"- {text}") == f"- {text}"


@given(st.text("0123456789.,:-'$£€% sthndra\n", max_size=30))
def test_no_figure_is_left(text):
    spelt = spell_numbers(text)
    assert not re.search(r"[0-9]", spelt)
    assert spell_numbers(spelt) == spelt


@given(st.integers(0, 10**40))
def test_any_number_is_read(number):
    assert re.fullmatch("[a-z -]+", spell_numbers(str(number)))
    assert re.fullmatch("[a-z -]+", spell_numbers(f"{number}th"))
