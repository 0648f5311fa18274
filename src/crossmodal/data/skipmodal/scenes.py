"""Digit scenes: one to three coloured MNIST digits of two sizes, placed on a black canvas.

Every scene belongs to exactly one split by what it shows:

- `binding` where a colour and a digit stand together that are held out as a binding,
- `test` or `validation` where it shows one of that split's combinations,
- `train` otherwise.

So neither a combination nor a binding of an evaluation split is ever seen, or heard, in training.
A second rule keeps the two data sets apart: what a scene's sentences say decides whether it may be
`seen` (have a picture) or `heard` (be spoken about), so no text is in both.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crossmodal.config.skipmodal.held_out import COLORS, SIZES, Combinations, HeldOut
from crossmodal.errors import ParameterError
from crossmodal.words import DIGIT_WORDS

Split = Literal["train", "validation", "test", "binding"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "binding")
Side = Literal["seen", "heard"]
Axis = Literal["horizontal", "vertical"]
COUNT_SHARES = (0.3, 0.45, 0.25)  # of scenes with one, two and three digits
JITTER = 0.06  # of the canvas, across the axis: never so much that "left of" could be "above" too
RGB = {
    "red": (255, 40, 40),
    "green": (40, 220, 40),
    "blue": (70, 90, 255),
    "yellow": (250, 230, 40),
    "white": (255, 255, 255),
}
SIDES = {"small": (0.38, 0.42), "large": (0.54, 0.60)}  # of the canvas, with MNIST's own margin
ATTEMPTS = 100_000


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


def draw_scene(rng: np.random.Generator) -> Scene:
    """A random scene; three digits are small and stand in a row."""
    count = 1 + int(rng.choice(3, p=COUNT_SHARES))
    items = tuple(
        Item(
            size="small" if count == 3 else SIZES[rng.integers(2)],
            color=COLORS[rng.integers(len(COLORS))],
            digit=DIGIT_WORDS[rng.integers(10)],
        )
        for _ in range(count)
    )
    vertical = count == 2 and bool(rng.integers(2))
    return Scene(items, "vertical" if vertical else "horizontal")


def draw_scenes(
    side: Side, split: Split, count: int, splitter: Splitter, seed: int
) -> Iterator[Scene]:
    """`count` random scenes of one data set's split.

    Raises:
        ParameterError: the split's combinations are so rare that none is found.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), side == "heard"])
    for _ in range(count):
        for _ in range(ATTEMPTS):
            scene = draw_scene(rng)
            if scene.side == side and splitter.split_of(scene) == split:
                yield scene
                break
        else:
            raise ParameterError(
                f"no scene of the split {split} among {ATTEMPTS:,} drawn ones; change held_out"
            )


def render(
    scene: Scene, canvas: int, digits: dict[str, NDArray[np.uint8]], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A picture [canvas, canvas, 3]; `digits` holds MNIST images [N, 28, 28] for each word."""
    picture = np.zeros((canvas, canvas, 3), np.uint8)
    sides = [round(canvas * rng.uniform(*SIDES[item.size])) for item in scene.items]
    along = spread(sides, canvas, rng)
    line = rng.uniform(max(sides) / 2, canvas - max(sides) / 2)
    for item, side, position in zip(scene.items, sides, along, strict=True):
        across = round(line - side / 2 + rng.uniform(-JITTER, JITTER) * canvas)
        across = min(max(across, 0), canvas - side)
        left, top = (position, across) if scene.axis == "horizontal" else (across, position)
        drawn = digits[item.digit][rng.integers(len(digits[item.digit]))]
        ink = np.asarray(Image.fromarray(drawn).resize((side, side), Image.Resampling.BILINEAR))
        color = np.array(RGB[item.color], np.uint16)
        painted = (ink[..., None].astype(np.uint16) * color // 255).astype(np.uint8)
        place = picture[top : top + side, left : left + side]
        np.maximum(place, painted, out=place)
    return picture


def spread(sides: list[int], canvas: int, rng: np.random.Generator) -> list[int]:
    """Starts of squares of `sides` along one axis, in order, with random gaps.

    MNIST's digits leave a margin of a seventh: where the squares do not fit they overlap there.
    """
    room = canvas - sum(sides)
    if len(sides) == 1 or room <= 0:
        gaps = np.full(max(len(sides) - 1, 1), room / max(len(sides) - 1, 1))
        first = int(rng.integers(0, room + 1)) if len(sides) == 1 else 0
    else:
        cuts = np.sort(rng.uniform(0, room, len(sides)))
        first, gaps = int(cuts[0]), np.diff(cuts)
    starts = [first]
    for side, gap in zip(sides, gaps, strict=False):
        starts.append(min(max(0, int(starts[-1] + side + gap)), canvas))
    return [min(start, canvas - side) for start, side in zip(starts, sides, strict=False)]
