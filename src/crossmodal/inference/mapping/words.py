"""Words for a class of images, as a person writes them."""

import re

from crossmodal.data.mapping.classes import COLORED, DatasetName, ImageClass, all_classes
from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.errors import ParameterError
from crossmodal.inference.description import shorten
from crossmodal.words import DIGIT_WORDS

Words = tuple[str, ...]
# Which words may stand where.
POSITIONS: dict[DatasetName, tuple[tuple[str, ...], ...]] = {
    dataset: ((COLOR_WORDS, DIGIT_WORDS) if colored else (DIGIT_WORDS,)) * 2
    for dataset, colored in COLORED.items()
}
EXAMPLES = {
    dataset: "'red seven blue five' or 'red 7 blue 5'" if colored else "'seven five' or '75'"
    for dataset, colored in COLORED.items()
}
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
         "eighteen", "nineteen")  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
HYPHENS = r"\-\u2010-\u2015\u2212"  # those of typography too, as a part of a regular expression


def index_classes(dataset: DatasetName) -> dict[Words, ImageClass]:
    """Every class of a data set by its words."""
    return {c.words: c for c in all_classes(dataset)}


def parse_words(text: str, dataset: DatasetName) -> Words:
    """The vocabulary's words that `text` says; case is free.

    Digits may be written as such, and two of them as one number: "seventy-six" is "seven six".

    Raises:
        ParameterError: not as many and such words as the data set's classes have.
    """
    words: list[str] = []
    unit_missing = False
    for part in re.split(rf"[\s,{HYPHENS}]+", text.strip().lower()):
        said = spell_digits(part)
        if unit_missing and len(said) == 1 and said[0] in DIGIT_WORDS[1:]:
            words.pop()
        words += said
        unit_missing = part in TENS
    positions = POSITIONS[dataset]
    fits = len(words) == len(positions)
    if not fits or any(w not in known for w, known in zip(words, positions, strict=True)):
        kinds = ["a colour" if known == COLOR_WORDS else "a digit" for known in positions]
        raise ParameterError(
            f"{shorten(text)} is not {', '.join(kinds)}; allowed: {EXAMPLES[dataset]}, "
            f"of the words {', '.join(DIGIT_WORDS)}"
            + (f" and {', '.join(COLOR_WORDS)}" if COLOR_WORDS in positions else "")
        )
    return tuple(words)


def spell_digits(word: str) -> list[str]:
    """The words of the digits of a number, "76", "ten" or "seventy"; any other word as it is."""
    if word in TEENS:
        word = str(10 + TEENS.index(word))
    elif word in TENS:
        word = str(20 + 10 * TENS.index(word))
    return [DIGIT_WORDS[int(d)] for d in word] if re.fullmatch("[0-9]+", word) else [word]
