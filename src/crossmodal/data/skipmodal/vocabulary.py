"""The words of texts."""

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
