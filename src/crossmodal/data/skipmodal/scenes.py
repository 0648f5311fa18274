"""What a digit scene shows, and the split that it belongs to.

Every scene belongs to exactly one split by what it shows:

- `binding` where a colour and a digit stand together that are held out as a binding,
- `test` or `validation` where it shows one of that split's combinations,
- `train` otherwise.

So neither a combination nor a binding of an evaluation split is ever seen, or heard, in training.
A second rule keeps the two data sets apart: what a scene's sentences say decides whether it may be
`seen` (have a picture) or `heard` (be spoken about), so no text is in both.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

from crossmodal.config.skipmodal.held_out import Combinations, HeldOut
from crossmodal.words import DIGIT_WORDS

Split = Literal["train", "validation", "test", "binding"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "binding")
Side = Literal["seen", "heard"]
Axis = Literal["horizontal", "vertical"]


@dataclass(frozen=True)
class Item:
    """One digit of a scene."""

    size: str
    color: str
    digit: str

    @property
    def binding(self) -> str:
        """Colour and digit, such as "red seven"."""
        return f"{self.color} {self.digit}"


@dataclass(frozen=True)
class Scene:
    """Items from left to right, or from top to bottom where `axis` is vertical."""

    items: tuple[Item, ...]
    axis: Axis = "horizontal"

    @property
    def side(self) -> Side:
        """The data set that the scene may appear in: the same for all that read alike."""
        said = " ".join(item.binding for item in self.items)
        if len(self.items) == 1:
            said = f"{self.items[0].size} {said}"
        # A checksum's low bits are those of the last letter; the upper ones mix all of them.
        return "heard" if (zlib.crc32(said.encode()) >> 16) % 2 else "seen"


class Splitter:
    """Says which split a scene belongs to."""

    def __init__(self, held_out: HeldOut) -> None:
        self.held_out = held_out

    @cached_property
    def bindings(self) -> frozenset[str]:
        """Colours and digits never seen together."""
        return frozenset(self.held_out.bindings)

    def split_of(self, scene: Scene) -> Split | None:
        """The scene's split; None where it mixes combinations of two evaluation splits."""
        if any(item.binding in self.bindings for item in scene.items):
            return "binding"
        in_validation = shows(scene, self.held_out.validation)
        in_test = shows(scene, self.held_out.test)
        if in_validation and in_test:
            return None
        return "validation" if in_validation else "test" if in_test else "train"


def shows(scene: Scene, held_out: Combinations) -> bool:
    """Whether one digit is among the singles, or two digits of a larger scene in the pairs."""
    if len(scene.items) == 1:
        item = scene.items[0]
        return f"{item.size} {item.color} {item.digit}" in held_out.singles
    numbers = sorted(DIGIT_WORDS.index(item.digit) for item in scene.items)
    return any(f"{first}{second}" in held_out.pairs for first, second in combinations(numbers, 2))
