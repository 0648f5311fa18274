"""The 66 characters that texts are made of (paper B, section 3.1).

Symbol 0 pads, symbol 1 ends a sentence, the others are letters, punctuation and the space.
"""

from collections.abc import Iterable, Sequence

from crossmodal.errors import DataError

PAD, END = 0, 1
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHARACTERS = LETTERS + "!'\"(),-.:;? "
SYMBOL_COUNT = 2 + len(CHARACTERS)
NUMBER = {character: number for number, character in enumerate(CHARACTERS, start=2)}
SPACE = NUMBER[" "]


def unknown_characters(text: str) -> str:
    """The characters of a text that are no symbols, each once, in order."""
    return "".join(sorted(set(text) - NUMBER.keys()))


def to_symbols(text: str) -> list[int]:
    """The symbols of a text and the end symbol.

    Raises:
        DataError: a character is not among the 66.
    """
    unknown = unknown_characters(text)
    if unknown:
        raise DataError(f"{text!r} has characters outside the symbol set: {unknown!r}")
    return [*(NUMBER[character] for character in text), END]


def to_text(symbols: Iterable[int]) -> str:
    """The text up to the first end symbol; padding is left out."""
    characters = []
    for symbol in symbols:
        if symbol == END:
            break
        if symbol != PAD:
            characters.append(CHARACTERS[symbol - 2])
    return "".join(characters)


def pad(sentences: Sequence[Sequence[int]]) -> list[list[int]]:
    """Sentences brought to the length of the longest with the padding symbol."""
    longest = max(map(len, sentences), default=0)
    return [[*sentence, *[PAD] * (longest - len(sentence))] for sentence in sentences]
