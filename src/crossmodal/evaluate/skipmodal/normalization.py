"""How texts are written alike before they are compared, whether read, heard or generated.

The grammar of the digit scenes has its own form, `normalize`, the same for a hypothesis and for its
references, in this order:

1. Small letters, without accents; typographic apostrophes as "'". A hyphen or a dash parts words.
2. An hour such as "8:00" is "eight o'clock".
3. Every digit is its own word: "7-5" and "75" are "seven five", "12" is "one two". The grammar of
   `data.skipmodal.captions` has no number above nine, so digits side by side are digits of a
   list.
4. All that is not a letter or an apostrophe within a word parts words.
5. A word that sounds exactly like a word of the grammar, and is in none of its sentences, is
   written as that word: a recogniser that never saw the grammar cannot know which one was meant.

Texts of people are measured as the field does. Word error rates take `plain`: steps 1 and 4, with
numbers and a few titles in words, since a recogniser writes "Mr. Lee, 1905, 101" where the
reference has "mister Lee, nineteen oh five, a hundred and one". Contractions and spelling, British
or American, stay. BLEU and its like take the official words (`evaluate.skipmodal.treebank`).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crossmodal.data.skipmodal.numbers import spell_numbers
from crossmodal.data.skipmodal.scenes import Scene
from crossmodal.evaluate.skipmodal.treebank import tokenize
from crossmodal.words import DIGIT_WORDS

HOMOPHONES = {
    "won": "one",
    "to": "two",
    "too": "two",
    "for": "four",
    "fore": "four",
    "ate": "eight",
    "read": "red",
    "blew": "blue",
    "write": "right",
    "rite": "right",
    "wright": "right",
    "here": "hear",
    "hoarse": "horse",
    "flour": "flower",
    "flours": "flowers",
    "their": "there",
}
SCALES = "(hundred|thousand|million|billion)"
A_HUNDRED, AND = re.compile(rf"\ba(?= {SCALES}\b)"), re.compile(rf"\b{SCALES}(?: and)+\b")
TITLES = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint"}


def fold(text: str) -> str:
    """Small letters without accents, apostrophes as "'"."""
    small = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    parts = unicodedata.normalize("NFKD", small)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


@lru_cache(maxsize=2**16)  # each sentence is compared with many
def normalize(text: str) -> str:
    """A text's words in the grammar's form, a space between two; empty where there are none."""
    hours = re.sub(r"\b([0-9]):00\b", r"\1 o'clock", fold(text))
    spelt = re.sub(r"[0-9]", lambda digit: f" {DIGIT_WORDS[int(digit[0])]} ", hours)
    words = re.findall(r"[a-z]+(?:'[a-z]+)*", spelt)
    return " ".join(HOMOPHONES.get(word, word) for word in words)


@lru_cache(maxsize=2**16)
def plain(text: str) -> str:
    """A text's words as people's texts are compared, likewise."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", spell_numbers(fold(text)))
    written = " ".join(TITLES.get(word, word) for word in words)
    return AND.sub(r"\1", A_HUNDRED.sub("one", written))


@dataclass(frozen=True)
class Wording:
    """How texts of one kind become words, a space between two.

    words: of a text, for word error rates and comparisons. tokens: of each of some texts, for BLEU,
    CIDEr, ROUGE-L, METEOR and SPICE.
    """

    words: Callable[[str], str]
    tokens: Callable[[Sequence[str]], list[str]]


GRAMMAR = Wording(normalize, lambda texts: [normalize(text) for text in texts])
WRITTEN = Wording(plain, tokenize)
HEARD = Wording(plain, lambda texts: tokenize([spell_numbers(text) for text in texts]))


def wording_of(scenes: Sequence[Scene] | None, heard: bool = False) -> Wording:
    """The wording of texts about digit scenes, or of people's: of transcripts with numbers spelt.

    Args:
        scenes: what the texts are about; None for people's texts.
        heard: whether the texts are transcripts.
    """
    if scenes is not None:
        return GRAMMAR
    return HEARD if heard else WRITTEN
