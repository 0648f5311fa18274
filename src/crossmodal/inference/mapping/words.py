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


def index_classes(dataset: DatasetName) -> dict[Words, ImageClass]:
    """Every class of a data set by its words."""
    return {c.words: c for c in all_classes(dataset)}


def parse_words(text: str, dataset: DatasetName) -> Words:
    """The vocabulary's words that `text` says: digits may be written as such, case is free.

    Raises:
        ParameterError: not as many and such words as the data set's classes have.
    """
    words: list[str] = []
    for part in re.split(r"[\s,-]+", text.strip().lower()):
        digits = re.fullmatch(r"[0-9]+", part)
        words += [DIGIT_WORDS[int(digit)] for digit in part] if digits else [part]
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
