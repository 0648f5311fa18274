"""How texts are written alike before they are compared, whether read, heard or generated.

In this order, and the same for a hypothesis and for its references:

1. Small letters, without accents; typographic apostrophes as "'". A hyphen or a dash parts words.
2. An hour such as "8:00" is "eight o'clock".
3. Every digit is its own word: "7-5" and "75" are "seven five", "12" is "one two". The grammar of
   `data.skipmodal.captions` has no number above nine, so digits side by side are digits of a
   list.
4. All that is not a letter or an apostrophe within a word parts words.
5. A word that sounds exactly like a word of the grammar, and is in none of its sentences, is
   written as that word: a recogniser that never saw the grammar cannot know which one was meant.
"""

import re
import unicodedata
from functools import lru_cache

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


@lru_cache(maxsize=2**16)  # each sentence is compared with many
def normalize(text: str) -> str:
    """A text's words in the form above, a space between two; empty where there are none."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    hours = re.sub(r"\b([0-9]):00\b", r"\1 o'clock", folded)
    spelt = re.sub(r"[0-9]", lambda digit: f" {DIGIT_WORDS[int(digit[0])]} ", hours)
    words = re.findall(r"[a-z]+(?:'[a-z]+)*", spelt)
    return " ".join(HOMOPHONES.get(word, word) for word in words)
