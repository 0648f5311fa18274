"""From any PNG or JPEG of two digits to what the auto-encoders were trained on.

The networks know white (or red, green, blue) digits on black, each placed as MNIST does it:
fitted into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

Legend: H, W a picture's height and width.
"""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from crossmodal.data.digits import HEIGHT, WIDTH
from crossmodal.errors import DataError
from crossmodal.inference.sources import Pixels

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000
BOX = 20  # pixels; a digit's larger side in MNIST
NOISE = 0.15  # share of the strongest ink below which a pixel is background
GRAY = 0.2  # share of colour in the ink below which it has none
Ink = NDArray[np.float32]


def read_picture(path: Path) -> Pixels:
    """The pixels of a PNG or JPEG, uint8 [H, W, 4], turned as a camera says.

    Raises:
        DataError: missing, too large, or neither PNG nor JPEG.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES // 2**20} MB")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "JPEG"]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise DataError(f"{path} has more than {MAX_PIXELS} pixels")
                upright = ImageOps.exif_transpose(picture)
                return np.array(upright.convert("RGBA"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(f"{path} is neither PNG nor JPEG, or far too large") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def prepare_picture(pixels: Pixels, channels: int) -> Pixels:
    """A picture as the networks know it: uint8 [channels, 28, 56].

    What is transparent counts as background, a light background becomes black. A picture of
    28 x 56 pixels stays where it is; in any other the two digits are found, scaled and centred.

    Args:
        pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    Raises:
        DataError: nothing is on it, or no colour where `channels` is 3.
    """
    colors = flatten_alpha(pixels)
    ink = find_ink(colors)
    if colors.shape[:2] == (HEIGHT, WIDTH):
        boxes = [(ink[:, :28], colors[:, :28]), (ink[:, 28:], colors[:, 28:])]
        halves = [part for part, _ in boxes]
    else:
        boxes = split_digits(ink, colors)
        halves = [center_digit(part) for part, _ in boxes]
    values = [np.round(half * 255).clip(0, 255).astype(np.uint8) for half in halves]
    if channels == 1:
        return np.concatenate(values, axis=1)[None]
    result = np.zeros((3, HEIGHT, WIDTH), np.uint8)
    for side, (value, box) in enumerate(zip(values, boxes, strict=True)):
        result[find_color(*box), :, side * 28 : side * 28 + 28] = value
    return result


def flatten_alpha(pixels: Pixels) -> NDArray[np.float32]:
    """Colours float32 [H, W, 3] in [0, 1]: on black where the ink is light, else on white."""
    if pixels.ndim == 2:
        pixels = pixels[..., None].repeat(3, axis=2)
    colors = pixels[..., :3].astype(np.float32) / 255
    if pixels.shape[2] == 3:
        return colors
    alpha = pixels[..., 3:].astype(np.float32) / 255
    if alpha.min() == 1:
        return colors
    light = (colors * alpha).sum() > 0.5 * 3 * alpha.sum()
    return colors * alpha + (1 - alpha) * (0.0 if light else 1.0)


def find_ink(colors: NDArray[np.float32]) -> Ink:
    """How far each pixel is from the background, [H, W]; the strongest ink is 1.

    Raises:
        DataError: the picture has one colour only, or is too small.
    """
    if min(colors.shape[:2]) < 8:
        raise DataError("the picture is smaller than 8 pixels")
    border = np.concatenate([colors[0], colors[-1], colors[:, 0], colors[:, -1]])
    ink = np.abs(colors - np.median(border, axis=0)).max(2)
    peak = float(ink.max())
    if peak < 0.1:
        raise DataError("the picture is blank: draw two digits, one beside the other")
    return np.where(ink < NOISE * peak, 0, ink / peak).astype(np.float32)


def split_digits(ink: Ink, colors: NDArray[np.float32]) -> list[tuple[Ink, NDArray[np.float32]]]:
    """The two digits' (ink, colours), cropped; cut at the widest gap, else where ink is least."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    gaps = np.diff(columns)
    if gaps.max(initial=1) > 1:
        widest = int(gaps.argmax())
        cut = int(columns[widest] + columns[widest + 1] + 1) // 2
    else:
        left, right = int(columns[0]), int(columns[-1]) + 1
        quarter = (right - left) // 4
        middle = ink[:, left + quarter : right - quarter].sum(0)
        cut = left + quarter + int(middle.argmin())
    sides = []
    for part in (slice(columns[0], cut), slice(cut, columns[-1] + 1)):
        inked = np.flatnonzero(ink[:, part].any(1)) if ink[:, part].any() else rows
        height = slice(inked[0], inked[-1] + 1)
        sides.append((ink[height, part], colors[height, part]))
    return sides


def center_digit(ink: Ink) -> Ink:
    """Fit a cropped digit into 20 x 20 and put its centre of mass into the middle of 28 x 28."""
    used = np.flatnonzero(ink.any(0))
    ink = ink[:, used[0] : used[-1] + 1] if len(used) else ink
    scale = BOX / max(ink.shape)
    size = [max(1, round(side * scale)) for side in ink.shape]
    small = np.asarray(
        Image.fromarray(ink).resize(
            (size[1], size[0]), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
        )
    )
    total = max(float(small.sum()), 1e-6)
    place = [float((small.sum(1 - axis) @ np.arange(size[axis])) / total) for axis in (0, 1)]
    top, left = (min(max(round(13.5 - c), 0), 28 - s) for c, s in zip(place, size, strict=True))
    canvas = np.zeros((28, 28), np.float32)
    canvas[top : top + size[0], left : left + size[1]] = small
    return canvas / max(float(canvas.max()), 1e-6)


def find_color(ink: Ink, colors: NDArray[np.float32]) -> int:
    """The strongest channel of the ink: 0 red, 1 green, 2 blue.

    Raises:
        DataError: the ink is grey.
    """
    mean = (colors * ink[..., None]).sum((0, 1)) / max(float(ink.sum()), 1e-6)
    if float(mean.max() - mean.min()) < GRAY * float(mean.max()):
        raise DataError("the picture has no colour: draw each digit in red, green or blue")
    return int(mean.argmax())
