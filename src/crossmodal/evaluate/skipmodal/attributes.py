"""Which attributes of a digit scene a sentence gets right.

A sentence is laid, with the fewest edits, along the nearest of all that the grammar says truly
about the scene, pictures' captions and spoken sentences alike. That true sentence says which
attributes should be there, in which order and bound to what:

- `digit`, `color`, `size`, `relation` ("left", "right", "above", "below", "between"): each such
  word of the true sentence is right where the sentence has it in that place, wrong where it has
  another word or none. Further words of a kind are wrong ones, so that listing all colours helps
  nobody: the share is right / max(words in the truth, words in the sentence). A kind that the true
  sentence does not state does not count.
- `count`: always there, as every sentence names the scene's digits. Right where as many items are
  named as the scene has (the larger of the numbers of digit and of colour words: one misheard word
  is no lost item) and where "two digits" is said as the true sentence says it.

`overall` is the share over all attributes; `scenes` the share of sentences with nothing wrong.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.captions import captions, spoken
from crossmodal.data.skipmodal.scenes import Scene
from crossmodal.evaluate.skipmodal.normalization import GRAMMAR, normalize
from crossmodal.evaluate.skipmodal.word_errors import align
from crossmodal.words import DIGIT_WORDS

Kind = Literal["digit", "color", "size", "relation", "count"]
KINDS: tuple[Kind, ...] = ("digit", "color", "size", "relation", "count")
RELATION_WORDS = ("left", "right", "above", "below", "between")
KIND_OF: dict[str, Kind] = {
    **dict.fromkeys(DIGIT_WORDS, "digit"),
    **dict.fromkeys(COLORS, "color"),
    **dict.fromkeys(SIZES, "size"),
    **dict.fromkeys(RELATION_WORDS, "relation"),
}


@dataclass(frozen=True)
class Judged:
    """One sentence: right attributes and those that count, by kind."""

    right: Counter[Kind]
    total: Counter[Kind]

    @property
    def all_right(self) -> bool:
        """Whether nothing is wrong."""
        return self.right == self.total


def kinds_of(words: Sequence[str]) -> list[Kind | None]:
    """What each word states: in "two digits" the number is a count, elsewhere a digit."""
    followers = [*words, ""][1:]
    return [
        "count" if word in DIGIT_WORDS and after in ("digit", "digits") else KIND_OF.get(word)
        for word, after in zip(words, followers, strict=True)
    ]


@lru_cache(maxsize=4096)
def true_sentences(scene: Scene) -> tuple[str, ...]:
    """All that the grammar says about a scene, below pictures or spoken."""
    return tuple(dict.fromkeys([*captions(scene), *spoken(scene)]))


def judge(sentence: str, scene: Scene) -> Judged:
    """Which attributes of `scene` the sentence states rightly."""
    nearest = align(sentence, true_sentences(scene), GRAMMAR)
    kinds = kinds_of(nearest.words)
    stated = Counter(kind for kind in kinds if kind)
    right = Counter(kind for kind, there in zip(kinds, nearest.said, strict=True) if kind and there)
    said = Counter(kind for kind in kinds_of(normalize(sentence).split()) if kind)
    items = max(said["digit"], said["color"])
    counted = items == len(scene.items) and right["count"] == stated["count"]
    total = Counter({kind: max(stated[kind], said[kind]) for kind in stated})
    right["count"], total["count"] = int(counted), 1
    return Judged(right, total)


def attribute_shares(sentences: Sequence[str], scenes: Sequence[Scene]) -> dict[str, float | None]:
    """Shares from 0 to 1 by kind, `overall` and `scenes`; None for a kind that no sentence states.

    Raises:
        ValueError: the lists are empty or differ in length.
    """
    return share_right([judge(*pair) for pair in zip(sentences, scenes, strict=True)])


def share_right(judged: Sequence[Judged]) -> dict[str, float | None]:
    """The same of what was judged already.

    Raises:
        ValueError: nothing was.
    """
    if not judged:
        raise ValueError("there is nothing to judge")
    right: Counter[Kind] = sum((item.right for item in judged), Counter())
    total: Counter[Kind] = sum((item.total for item in judged), Counter())
    shares: dict[str, float | None] = {
        kind: right[kind] / total[kind] if total[kind] else None for kind in KINDS
    }
    shares["overall"] = right.total() / total.total()
    shares["scenes"] = sum(item.all_right for item in judged) / len(judged)
    return shares
