"""The words of texts: all of them, the most frequent ones, and those that two sets share."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TypedDict


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


class Overlap(TypedDict):
    """Two vocabularies compared.

    first, second, shared: how many words the captions, the spoken texts and both have. overlap: the
    share of the words of either that both have (section 4.1). covered: the share of the captions,
    word by word, that is spoken somewhere.
    """

    first: int
    second: int
    shared: int
    overlap: float
    covered: float


def vocabulary_overlap(captions: Iterable[str], spoken: Iterable[str]) -> Overlap:
    """The words of captions beside those of spoken texts; either has some."""
    written = Counter(word for text in captions for word in split_words(text))
    heard = words_of(spoken)
    shared = written.keys() & heard
    return {
        "first": len(written),
        "second": len(heard),
        "shared": len(shared),
        "overlap": round(len(shared) / len(written.keys() | heard), 4),
        "covered": round(sum(written[word] for word in shared) / written.total(), 4),
    }


def describe_overlap(words: Overlap) -> str:
    """The comparison in a sentence."""
    return (
        f"the captions have {words['first']:,} different words, the spoken texts "
        f"{words['second']:,}; both have {words['shared']:,}, of which "
        f"{words['covered']:.0%} of the captions consist"
    )
