"""What a reader that knows no model finds in a picture drawn of a sentence, and how much is right.

Legend: N pictures, H, W their height and width in pixels.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from crossmodal.config.skipmodal.held_out import COLORS
from crossmodal.data.digit_placement import Ink, center_digit
from crossmodal.data.skipmodal.scene_drawing import RGB
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.evaluate.skipmodal.attributes import Judged, Kind, kinds_of, share_right
from crossmodal.evaluate.skipmodal.normalization import normalize
from crossmodal.models.classifier import DigitClassifier
from crossmodal.words import DIGIT_WORDS

Pictures = NDArray[np.uint8]
BRIGHT = 128  # of 255: what shows something has a pixel as bright as this
INK = 0.35  # of the picture's brightest pixel: what is darker is the blur around strokes
DUST = 0.004  # of the picture's area: smaller marks are no digits
LARGE = 0.34  # of the picture's side: the height or width from which a digit is a large one
NOTHING = -1
CHUNK = 256  # real pictures that are compared at a time: a split of photographs fills the memory
STATED: tuple[Kind, ...] = ("digit", "color", "size")
TOGETHER = np.ones((3, 3), bool)  # pixels that touch at corners are of one digit


@dataclass(frozen=True)
class Mark:
    """A digit that was found, and where its middle is: across and down, pixels."""

    item: Item
    across: float
    down: float


class DrawnMetrics(TypedDict):
    """How well the pictures of one task, on one split, show what they should.

    attributes: as for sentences, by what is found in the pictures. psnr: to the nearest real
    picture of the split, dB, mean. bright: share of pictures with a bright pixel.
    """

    items: int
    attributes: dict[str, float | None]
    psnr: float
    bright: float


class SceneReader:
    """Finds coloured digits on a dark ground: connected bright pixels, each read by `classifier`.

    A picture whose brightest pixel is not `BRIGHT` shows nothing.
    """

    def __init__(self, classifier: DigitClassifier) -> None:
        self.classifier = classifier

    def read(self, picture: Pictures) -> list[Mark]:
        """The digits of a picture [H, W, 3], from left to right."""
        # Only here, as it takes a second to load.
        from skimage.measure import label, regionprops
        from skimage.morphology import closing

        light = picture.max(2)
        if light.max() < BRIGHT:
            return []
        colors = np.where(light > INK * light.max(), nearest_colors(picture), NOTHING)
        found = []
        for number, color in enumerate(COLORS):
            inked = colors == number
            # Strokes that are one pixel apart are of one digit, but no wider than they are.
            joined = closing(np.pad(inked, 1), TOGETHER)[1:-1, 1:-1]
            for region in regionprops(label(joined, connectivity=2) * inked):
                if region.area > DUST * light.size:
                    ink = (light[region.slice] * region.image).astype(np.float32) / np.float32(255)
                    found.append(self.describe(ink, color, region.bbox[:2], max(light.shape)))
        return sorted(found, key=lambda mark: mark.across)

    def describe(self, ink: Ink, color: str, corner: tuple[int, int], side: int) -> Mark:
        """One digit, of which `corner` is the top left in a picture of `side` pixels."""
        size = "large" if max(ink.shape) > LARGE * side else "small"
        down, across = (
            start + float(ink.sum(1 - axis) @ np.arange(ink.shape[axis]) / ink.sum())
            for axis, start in enumerate(corner)
        )
        with torch.no_grad():
            image = torch.from_numpy(center_digit(ink))[None, None]
            digit = DIGIT_WORDS[int(self.classifier(image).argmax())]
        return Mark(Item(size, color, digit), across, down)


def nearest_colors(picture: Pictures) -> NDArray[np.int64]:
    """The scenes' colour whose direction in RGB is nearest to each pixel's: its number [H, W]."""
    known = np.array([RGB[name] for name in COLORS], np.float32)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    return np.asarray((picture.astype(np.float32) @ known.T).argmax(2))


def judge_marks(marks: Sequence[Mark], sentence: str, scene: Scene) -> Judged:
    """How much of what a sentence about `scene` states is in the picture.

    Digits and colours are always stated, sizes and the relation where the sentence has them; the
    count always counts. Of all ways to take what was found for the scene's items the best counts.
    Further digits are wrong ones, as further words are in sentences.
    """
    stated = Counter(kind for kind in kinds_of(normalize(sentence).split()) if kind)
    best: Counter[Kind] = max(
        (match(order, stated, scene) for order in orders(marks, len(scene.items))),
        key=lambda right: right.total(),
        default=Counter[Kind](),
    )
    most = max(len(marks), len(scene.items))
    total = Counter({kind: most for kind in STATED if stated[kind]})
    total["relation"], total["count"] = int(stated["relation"] > 0), 1
    best["count"] = int(len(marks) == len(scene.items))
    return Judged(best, +total)


def orders(marks: Sequence[Mark], count: int) -> list[tuple[Mark | None, ...]]:
    """All ways to choose `count` marks in order; None where there are too few."""
    filled: list[Mark | None] = [*marks[:6], *[None] * max(0, count - len(marks))]
    return [*permutations(filled, count)]


def match(order: Sequence[Mark | None], stated: Counter[Kind], scene: Scene) -> Counter[Kind]:
    """What is right where each mark stands for the scene's item at its place."""
    right: Counter[Kind] = Counter()
    for mark, item in zip(order, scene.items, strict=True):
        if mark is not None:
            right["digit"] += mark.item.digit == item.digit
            right["color"] += mark.item.color == item.color
            right["size"] += mark.item.size == item.size and stated["size"] > 0
    right["relation"] += stated["relation"] > 0 and in_order(order, scene.axis)
    return right


def in_order(order: Sequence[Mark | None], axis: str) -> bool:
    """Whether marks follow one another along an axis, more than they do across it."""
    known = [mark for mark in order if mark is not None]
    steps = [(b.across - a.across, b.down - a.down) for a, b in pairwise(known)]
    along, beside = (0, 1) if axis == "horizontal" else (1, 0)
    return len(known) == len(order) and all(step[along] > abs(step[beside]) for step in steps)


def measure_drawn(
    pictures: Pictures,
    sentences: Sequence[str],
    scenes: Sequence[Scene] | None,
    real: Pictures,
    reader: SceneReader | None,
) -> DrawnMetrics:
    """All measures of one task's pictures uint8 [N, H, W, 3].

    Args:
        sentences: what each picture is drawn of, as text.
        scenes: what these are about, and what reads such pictures; of other pictures no attributes
            are measured.
        real: pictures of the split, [M, H, W, 3].
    """
    judged = (
        [
            judge_marks(reader.read(picture), sentence, scene)
            for picture, sentence, scene in zip(pictures, sentences, scenes, strict=True)
        ]
        if scenes and reader
        else []
    )
    return DrawnMetrics(
        items=len(pictures),
        attributes=share_right(judged) if judged else {},
        psnr=float(nearest_psnr(pictures, real).mean()),
        bright=float((pictures.reshape(len(pictures), -1).max(1) >= BRIGHT).mean()),
    )


def nearest_psnr(pictures: Pictures, real: Pictures) -> NDArray[np.float64]:
    """The PSNR of each picture to the one of `real` that it is nearest to, dB, at most 60."""
    made = pictures.reshape(len(pictures), -1) / np.float64(255)
    nearest = np.full(len(made), np.inf)
    for start in range(0, len(real), CHUNK):
        some = real[start : start + CHUNK]
        there = some.reshape(len(some), -1) / np.float64(255)
        squares = (made**2).sum(1)[:, None] + (there**2).sum(1) - 2 * made @ there.T
        nearest = np.minimum(nearest, squares.min(1))
    error = (nearest / made.shape[1]).clip(1e-6)
    return np.asarray(-10 * np.log10(error))
