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
from scipy import ndimage

from crossmodal.config.skipmodal.held_out import COLORS
from crossmodal.data.digit_placement import Ink, center_digit
from crossmodal.data.skipmodal.scene_drawing import RGB
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.evaluate.skipmodal.attributes import Judged, kinds_of, share_right
from crossmodal.evaluate.skipmodal.normalization import normalize
from crossmodal.models.classifier import DigitClassifier
from crossmodal.words import DIGIT_WORDS

Pictures = NDArray[np.uint8]
BRIGHT = 128  # of 255: what shows something has a pixel as bright as this
INK = 0.35  # of the picture's brightest pixel: what is darker is the blur around strokes
DUST = 0.004  # of the picture's area: smaller marks are no digits
LARGE = 0.34  # of the picture's side: the height or width from which a digit is a large one
NOTHING = -1
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
        light = picture.max(2)
        if light.max() < BRIGHT:
            return []
        colors = np.where(light > INK * light.max(), nearest_colors(picture), NOTHING)
        found = []
        for number, color in enumerate(COLORS):
            # Strokes that are one pixel apart are of one digit, but no wider than they are.
            inked = np.pad(colors == number, 1)
            labels, _ = ndimage.label(ndimage.binary_closing(inked, TOGETHER), TOGETHER)
            labels = (labels * inked)[1:-1, 1:-1]
            for label, box in enumerate(ndimage.find_objects(labels), start=1):
                ink = np.where(labels[box] == label, light[box], 0) / np.float32(255)
                if box and np.count_nonzero(ink) > DUST * light.size:
                    found.append(self.describe(ink, color, box, max(light.shape)))
        return sorted(found, key=lambda mark: mark.across)

    def describe(self, ink: Ink, color: str, box: tuple[slice, slice], side: int) -> Mark:
        """One digit, which lies at `box` in a picture of `side` pixels."""
        size = "large" if max(ink.shape) > LARGE * side else "small"
        down, across = (
            middle + place.start
            for middle, place in zip(ndimage.center_of_mass(ink), box, strict=True)
        )
        with torch.no_grad():
            image = torch.from_numpy(center_digit(ink))[None, None]
            digit = DIGIT_WORDS[int(self.classifier(image).argmax())]
        return Mark(Item(size, color, digit), float(across), float(down))


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
    best = max(
        (match(order, stated, scene) for order in orders(marks, len(scene.items))),
        key=lambda right: right.total(),
        default=Counter(),
    )
    most = max(len(marks), len(scene.items))
    total = Counter({kind: most for kind in ("digit", "color", "size") if stated[kind]})
    total["relation"], total["count"] = int(stated["relation"] > 0), 1
    best["count"] = int(len(marks) == len(scene.items))
    return Judged(best, +total)


def orders(marks: Sequence[Mark], count: int) -> list[tuple[Mark | None, ...]]:
    """All ways to choose `count` marks in order; None where there are too few."""
    filled: list[Mark | None] = [*marks[:6], *[None] * max(0, count - len(marks))]
    return [*permutations(filled, count)]


def match(order: Sequence[Mark | None], stated: Counter[str], scene: Scene) -> Counter[str]:
    """What is right where each mark stands for the scene's item at its place."""
    right: Counter[str] = Counter()
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
    made, there = (each.reshape(len(each), -1) / np.float64(255) for each in (pictures, real))
    squares = (made**2).sum(1)[:, None] + (there**2).sum(1) - 2 * made @ there.T
    error = (squares.min(1) / made.shape[1]).clip(1e-6)
    return np.asarray(-10 * np.log10(error))
