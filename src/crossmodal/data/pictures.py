"""Photos as networks take them: RGB squares of one size."""

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from crossmodal.data.broken import BrokenInput

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 40_000_000


def read_square(path: Path, size: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """A PNG or JPEG, its shorter side resized to `size`, its centre cut out, and what it was.

    Resizing averages over the pixels that fall together (no aliasing).

    Returns:
        uint8 [3, size, size], and the file's own (width, height).

    Raises:
        BrokenInput: missing, huge, or neither PNG nor JPEG.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BrokenInput("huge image", f"more than {MAX_BYTES // 2**20} MB")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "JPEG"]) as picture:
                original = picture.size
                return crop_square(picture, size), original
    except FileNotFoundError:
        raise BrokenInput("missing image", "") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BrokenInput("huge image", str(error)) from None
    except UnidentifiedImageError:
        raise BrokenInput("undecodable image", "neither PNG nor JPEG") from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error) as error:
        raise BrokenInput("undecodable image", str(error)) from None


def crop_square(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """Resize the shorter side and cut out the centre, uint8 [3, size, size]."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise BrokenInput("huge image", f"{width} x {height} pixels")
    if min(width, height) * 100 < max(width, height):
        raise BrokenInput("undecodable image", f"too narrow: {width} x {height} pixels")
    # A JPEG decodes faster at a half, a quarter or an eighth; never below twice what is needed.
    picture.draft("RGB", (2 * size, 2 * size))
    rgb = picture.convert("RGB")
    scale = size / min(rgb.size)
    wide, high = (max(size, round(side * scale)) for side in rgb.size)
    left, top = (wide - size) // 2, (high - size) // 2
    if (wide, high) != rgb.size:
        rgb = rgb.resize((wide, high), Image.Resampling.BILINEAR)
    square = np.asarray(rgb.crop((left, top, left + size, top + size)))
    return np.ascontiguousarray(square.transpose(2, 0, 1))
