"""Numbers in words, as they are read out: "in 1875" becomes "in eighteen seventy-five".

Figures are no symbols of the texts, and a recogniser writes what it hears in either way. The words
are American, without "and".
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from crossmodal.errors import check_extra

if TYPE_CHECKING:
    from inflect import engine

AMOUNT = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
SCALE = "hundred|thousand|million|billion|trillion"
MONEY = re.compile(rf"([£$€]) ?({AMOUNT})(?: ({SCALE})\b)?", re.ASCII)
UNITS = {
    "£": ("pound", "pounds", "penny", "pence"),
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
}
CLOCK = re.compile(r"(?<![\d:.,])(\d{1,2}):([0-5]\d)(?![\d:])(?=( ?[ap]\.?m\b)?)", re.ASCII | re.I)
MINUS = re.compile(r"(?<!\S)[-−](?=\d)")
NUMBER = re.compile(rf"({AMOUNT})(st\b|nd\b|rd\b|th\b|'?s\b| ?%)?", re.ASCII | re.IGNORECASE)
YEAR = re.compile(r"(1[1-9]|20|10)\d\d")
CODE = re.compile(r"(0\d|\d{16}).*")  # no amount: read figure by figure


def spell_numbers(text: str) -> str:
    """The text with all numbers in words; without figures (0 to 9) it stays as it is.

    Also read are years and decades, ordinals, decimals, percentages, money and hours.
    """
    text = MONEY.sub(lambda found: set_apart(found, read_money(*found.groups())), text)
    text = CLOCK.sub(lambda found: set_apart(found, read_hour(*found.groups())), text)
    text = MINUS.sub("minus ", text)
    return NUMBER.sub(lambda found: set_apart(found, read_number(found[1], found[2] or "")), text)


def set_apart(found: re.Match[str], words: str) -> str:
    """Words in the place of what was found, with blanks towards letters beside it, as in "3D"."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return " " * before.isalpha() + words + " " * after.isalpha()


def read_money(sign: str, amount: str, scale: str | None) -> str:
    """ "£", "3", "million": "three million pounds"; "$", "3.50": "three dollars and fifty cents".

    sign: one of UNITS. scale: one of SCALE.
    """
    one, many, small, smalls = UNITS[sign]
    if scale:
        return f"{read_amount(amount)} {scale} {many}"
    whole, _, rest = amount.partition(".")
    if len(rest) not in (0, 2):
        return f"{read_amount(amount)} {many}"
    parts = [f"{read_amount(whole)} {one if whole == '1' else many}"]
    if int(rest or 0):
        parts.append(f"{read_amount(str(int(rest)))} {small if rest == '01' else smalls}")
    return " and ".join(parts[1:] if whole == "0" else parts)


def read_hour(hour: str, minute: str, half: str | None) -> str:
    """ "8", "05": "eight oh five"; "8", "00", before "p.m.": "eight"."""
    words = read_amount(str(int(hour)))
    if minute != "00":
        return f"{words} {say(minute, group=2)}"
    return words if half else f"{words} o'clock"


def read_number(amount: str, ending: str) -> str:
    """ "1840", "s": "eighteen forties"; "21", "st": "twenty-first"; "5", "%": "five percent"."""
    if ending.lower() in ("st", "nd", "rd", "th"):
        return read_amount(amount + ending.lower())
    words = read_year(amount) if YEAR.fullmatch(amount) else read_amount(amount)
    if ending.endswith("%"):
        return f"{words} percent"
    return speller().plural_noun(words) if ending else words


def read_year(figures: str) -> str:
    """A number of four figures without a comma, in pairs where people read it so."""
    if figures[1:3] == "00":
        return read_amount(figures)
    if figures.endswith("00"):
        return f"{say(figures[:2])} hundred"
    return say(figures, group=2)


def read_amount(amount: str) -> str:
    """ "1,250.5": "one thousand two hundred fifty point five"; "1st": "first"."""
    figures = amount.replace(",", "")
    return say(figures, group=1) if CODE.fullmatch(figures) else say(figures)


def say(figures: str, group: Literal[0, 1, 2] = 0) -> str:
    """Figures in words: as one amount, or each, or each two of them by themselves."""
    zero = "oh" if group == 2 else "zero"
    words = speller().number_to_words(figures, group=group, zero=zero, andword="")
    return str(words).replace(",", "")


@cache
def speller() -> "engine":
    """The library, loaded with the first number: it takes half a second. Raises MissingExtra."""
    check_extra("numbers", "inflect", "a sentence with figures")
    import inflect

    return inflect.engine()
