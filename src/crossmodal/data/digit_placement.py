"""A digit of any size placed as MNIST places its own."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, BOX = 28, 20  # pixels: of an MNIST image, and a digit's larger side in it
Ink = NDArray[np.float32]


def center_digit(ink: Ink) -> Ink:
    """Fit a digit into 20 x 20 and put its centre of mass into the middle of [28, 28]."""
    box = Image.fromarray(ink).getbbox()
    digit = Image.fromarray(ink).crop(box)
    scale = BOX / max(digit.size)
    width, height = (max(1, round(side * scale)) for side in digit.size)
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = np.asarray(digit.resize((width, height), way))
    down, right = (small.sum(1 - axis) @ np.arange(small.shape[axis]) for axis in (0, 1))
    top = min(max(round(SIDE / 2 - 0.5 - down / small.sum()), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - 0.5 - right / small.sum()), 0), SIDE - width)
    canvas = np.zeros((SIDE, SIDE), np.float32)
    canvas[top : top + height, left : left + width] = small / small.max()
    return canvas
