"""From any PNG or JPEG of two digits to what the auto-encoders were trained on.

The networks know white (or red, green, blue) digits on black, each placed as MNIST does it:
fitted into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

Legend: H, W a picture's height and width, pixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crossmodal.data.mapping.digits import HEIGHT, WIDTH
from crossmodal.errors import DataError
from crossmodal.inference.pictures import FAINT, SMALLEST, Colors, Pixels, flatten_alpha

SIDE, BOX = WIDTH // 2, 20  # pixels; a half, and a digit's larger side in MNIST
NOISE = 0.2  # share of the strongest ink below which a pixel is background
NARROW = 0.8  # width to height below which ink without a gap is one digit
MIXED = 0.8  # share of the strongest channel above which the second makes a colour unclear
Ink = NDArray[np.float32]


def prepare_picture(pixels: Pixels, channels: int) -> Pixels:
    """A picture as the networks know it: uint8 [channels, 28, 56].

    What is transparent counts as background, a light background becomes black. A picture of
    28 x 56 pixels stays as it is; in any other the two digits are found, scaled and centred.

    Args:
        pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    Raises:
        DataError: there are no two digits on it, or no colour where `channels` is 3.
    """
    if min(pixels.shape[:2]) < SMALLEST:
        raise DataError(f"the picture is smaller than {SMALLEST} pixels")
    colors = flatten_alpha(pixels)
    ink = find_ink(colors)
    if ink.shape == (HEIGHT, WIDTH):
        parts = [(ink[:, :SIDE], colors[:, :SIDE]), (ink[:, SIDE:], colors[:, SIDE:])]
        halves = [part for part, _ in parts]
    else:
        ink = np.where(ink < NOISE * ink.max(), 0, ink)
        parts = [(ink[:, part], colors[:, part]) for part in split_digits(ink)]
        halves = [center_digit(part) for part, _ in parts]
    result = np.zeros((channels, HEIGHT, WIDTH), np.uint8)
    for side, (half, part) in enumerate(zip(halves, parts, strict=True)):
        channel = find_color(*part) if channels > 1 else 0
        result[channel, :, side * SIDE : (side + 1) * SIDE] = (half * 255).round()
    return result


def find_ink(colors: Colors) -> Ink:
    """How far each pixel's colour is from that of the border, [H, W] in [0, 1].

    Raises:
        DataError: nowhere far.
    """
    border = np.concatenate([colors[0], colors[-1], colors[:, 0], colors[:, -1]])
    ink: Ink = np.abs(colors - np.median(border, axis=0).astype(np.float32)).max(2)
    if ink.max() < FAINT:
        raise DataError("the picture is blank; allowed: two digits, one beside the other")
    return ink


def split_digits(ink: Ink) -> tuple[slice, slice]:
    """The columns of the two digits: cut at the widest gap, else where ink is least.

    Raises:
        DataError: there seems to be one digit only.
    """
    columns, rows = np.flatnonzero(ink.any(0)), np.flatnonzero(ink.any(1))
    first, last = int(columns[0]), int(columns[-1]) + 1
    gaps = np.diff(columns)
    if gaps.max(initial=1) > 1:
        cut = int(columns[gaps.argmax()]) + 1
    elif last - first < NARROW * (rows[-1] + 1 - rows[0]):
        raise DataError("only one digit was found; allowed: two, one beside the other")
    else:
        start = first + (last - first) // 4
        cut = start + int(ink[:, start : last - (last - first) // 4].sum(0).argmin())
    return slice(first, max(cut, first + 1)), slice(max(cut, first + 1), last)


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


def find_color(ink: Ink, colors: Colors) -> int:
    """The strongest channel of the ink: 0 red, 1 green, 2 blue.

    Raises:
        DataError: two channels are about as strong.
    """
    mean = (colors * ink[..., None]).sum((0, 1))
    if np.sort(mean)[1] > MIXED * mean.max():
        raise DataError("a digit has no clear colour; allowed: red, green and blue")
    return int(mean.argmax())
