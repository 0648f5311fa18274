"""Texts of other people's data sets, brought to the 66 symbols where that changes no word."""

import re
import unicodedata
from html import unescape

from crossmodal.data.broken import BrokenInput
from crossmodal.data.skipmodal.numbers import spell_numbers
from crossmodal.data.skipmodal.symbols import LETTERS, unknown_characters

ENTITY = re.compile(r"&#?\w{1,32};", re.ASCII)  # as in "dogs &amp; cats"
# Signs that Unicode does not take apart, or in another way than people type them.
PLAIN = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u02b9\u02bb\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb", '"'),
    **dict.fromkeys("[{", "("),
    **dict.fromkeys("]}", ")"),
    "\u2212": "-",
    "&": " and ",
    **{"\u00e6": "ae", "\u0153": "oe", "\u00f8": "o", "\u00df": "ss", "\u0142": "l", "\u0111": "d"},
    **{"\u00c6": "Ae", "\u0152": "Oe", "\u00d8": "O", "\u1e9e": "SS", "\u0141": "L", "\u0110": "D"},
}
SPACE = "0020"
# Without superscripts and fractions: "m²" is not "m2".
TAKEN_APART = {"<compat>", "<font>", "<narrow>", "<noBreak>", "<wide>"}


def clean_text(text: str) -> str:
    """Plain letters, quotes and dashes, numbers in words, single spaces, none at the ends.

    Accents are left out, "&" is read as "and", and what cannot be seen is dropped.

    Raises:
        BrokenInput: no letter is left, or a character is no symbol.
    """
    plain = "".join(map(to_plain, ENTITY.sub(lambda entity: unescape(entity[0]), text)))
    cleaned = " ".join(spell_numbers(plain).split())
    unknown = unknown_characters(cleaned)
    if unknown:
        raise BrokenInput("unknown characters", f"{unknown!r} in {' '.join(text.split())!r}")
    if not set(cleaned) & set(LETTERS):
        raise BrokenInput("no words", f"only {cleaned!r}" if cleaned else "it is empty")
    return cleaned


def to_plain(character: str) -> str:
    """A character as people type it; itself where that would change a word."""
    if character.isascii() or character in PLAIN:
        return PLAIN.get(character, character)
    category = unicodedata.category(character)
    if category in ("Cf", "Mn"):  # no width, or a mark on the letter before
        return ""
    if category in ("Pd", "Zs"):
        return "-" if category == "Pd" else " "
    tag, *parts = unicodedata.decomposition(character).split() or ["<none>"]
    if not tag.startswith("<"):
        parts = [tag, *parts]  # a letter and its accent
    elif tag not in TAKEN_APART or category == "So":
        return character
    if parts[0] == SPACE:
        return character  # an accent without a letter
    return "".join(to_plain(chr(int(part, 16))) for part in parts)
