"""Random digit scenes, and their pictures: one to three coloured MNIST digits on a black canvas."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.skipmodal.scenes import SPLITS, Item, Scene, Side, Split, Splitter
from crossmodal.errors import ParameterError
from crossmodal.words import DIGIT_WORDS

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
