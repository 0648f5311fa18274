"""The words of texts: all of them, the most frequent ones, and those that two sets share."""

import re
from collections import Counter
from collections.abc import Iterable


def split_words(text: str) -> list[str]:
    """A text's words, without punctuation, in lower case."""
    return re.findall(r"[a-z']+", text.lower())


def frequent_words(texts: Iterable[str], count: int) -> tuple[str, ...]:
    """The `count` most frequent words of some texts; equally frequent ones by the alphabet."""
    frequencies = Counter(word for text in texts for word in split_words(text))
    ordered = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    return tuple(ordered[:count])


def words_of(sentences: Iterable[str]) -> set[str]:
    """The distinct words of some sentences."""
    return {word for sentence in sentences for word in split_words(sentence)}


def vocabulary_overlap(first: Iterable[str], second: Iterable[str]) -> dict[str, float | int]:
    """Sizes of two vocabularies and the share of their union that both have (section 4.1)."""
    left, right = words_of(first), words_of(second)
    shared = len(left & right)
    return {
        "first": len(left),
        "second": len(right),
        "shared": shared,
        "overlap": round(shared / len(left | right), 4),
    }
