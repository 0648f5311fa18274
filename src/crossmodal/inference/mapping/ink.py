"""What is written on a picture: the ink of a phone's photo, whatever the light and the paper.

The ground is what is left when all that is thinner than a stroke may be is taken away (a grey
closing, or for light ink an opening). It keeps the edges of shadows, so that they cancel out.

Legend: H, W a picture's height and width, pixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.filters import rank, threshold_otsu
from skimage.morphology import (
    black_tophat,
    closing,
    footprint_rectangle,
    opening,
    reconstruction,
    white_tophat,
)

from crossmodal.errors import DataError
from crossmodal.inference.mapping.rulings import Mask, find_rulings, remove_rulings
from crossmodal.inference.pictures import FAINT

Ink = NDArray[np.float32]
GROUND = 160  # pixels of the longer side, enough to know the ground
STROKES = (0.25, 0.1)  # of the shorter side: the widest stroke, and a usual one
AROUND = 0.3  # of the shorter side: how far around a pixel most of what is seen is ground
NOISE = 15  # of 255: differences that say nothing
DARKEST = 0.15  # light: of what is darker, differences are not enlarged any more
SEEN = 100  # pixels at least that are as strong as the strongest ink
# Of the strongest ink: what may be ink, and the bounds of what tells strokes from paler rulings.
SOME, LEAST, MOST = 0.25, 0.4, 0.7
PALE = 0.6  # of that: a ruling, parts of which are as strong
PART = 0.75  # of that: a stroke, other parts of which are as strong


def find_ink(picture: Image.Image) -> Ink:
    """How far each pixel of an RGB picture is from the ground, [H, W] from 0 to 1."""
    small = picture.copy()
    small.thumbnail((GROUND, GROUND), Image.Resampling.BOX, reducing_gap=None)
    side = min(small.size) * STROKES[0]
    dark = is_ink_dark(small)
    smooth = closing if dark else opening
    # Padded, as what lies beyond the border counts as neither dark nor light.
    pad = round(side) + 1
    colors = np.pad(np.asarray(small), ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    grounds = [smooth(colors[..., c].copy(), square(side))[pad:-pad, pad:-pad] for c in range(3)]
    ground = Image.fromarray(np.stack(grounds, axis=2)).resize(picture.size)
    values, level = (np.asarray(image, np.float32) / 255 for image in (picture, ground))
    if dark:
        ink = (level - values) / np.maximum(level, DARKEST)
    else:
        ink = (values - level) / (values + DARKEST)
    strongest: Ink = ink.max(2).clip(0, 1)
    return strongest


def is_ink_dark(small: Image.Image) -> bool:
    """Whether more strokes are darker than what is around them than lighter."""
    least = min(small.size)
    pad = round(least * STROKES[0]) + 1
    gray = np.pad(np.array(small.convert("L")), pad, mode="edge")
    around = np.ones((2 * max(2, round(least * AROUND)) + 1,) * 2, np.uint8)
    difference = rank.median(gray, around).astype(np.float32) - gray
    share = 0.0
    for stroke in STROKES:
        power = []
        # A gap between two strokes is as thin as they are, but no other than what is around.
        for top_hat, sign in ((black_tophat, 1), (white_tophat, -1)):
            thin = top_hat(gray, square(least * stroke))
            values = np.minimum(thin, np.maximum(sign * difference, 0))[pad:-pad, pad:-pad]
            power.append(float((values[values > NOISE] ** 2).sum()))
        share += (power[0] - power[1]) / max(sum(power), 1)
    return share >= 0


def square(side: float) -> tuple[tuple[NDArray[np.uint8], int], ...]:
    """A square footprint of an odd side, taken apart into lines, which is faster."""
    odd = 2 * round(side / 2) + 1
    footprint: tuple[tuple[NDArray[np.uint8], int], ...] = footprint_rectangle(
        (odd, odd), decomposition="separable"
    )
    return footprint


def find_strokes(ink: Ink) -> tuple[Mask, float]:
    """Where strokes are, without the rulings of the paper, and from which ink on.

    Raises:
        DataError: the picture is blank.
    """
    strongest = min(SEEN, ink.size // 20)
    peak = float(np.partition(ink, -strongest, axis=None)[-strongest])
    if peak < FAINT:
        raise DataError("the picture is blank; allowed: two digits, one beside the other")
    some = ink[ink > max(FAINT / 2, SOME * peak)]
    level = float(np.clip(threshold_otsu(some), LEAST * peak, MOST * peak))
    rulings = find_rulings(ink > PALE * level)
    # A stroke's paler parts are of it, but rulings would be as well.
    strong, weak = (remove_rulings(ink > share * level, rulings) for share in (1, PART))
    whole = reconstruction(strong & weak, weak).astype(bool)
    return whole, level
