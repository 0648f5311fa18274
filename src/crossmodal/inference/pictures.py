"""Pictures as people have them: read from files, freed of transparency.

Pillow is loaded where it is used: whoever lists models needs none.
"""

import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import DataError

Pixels = NDArray[np.uint8]
Colors = NDArray[np.float32]
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000
SMALLEST, LARGEST = 8, 512  # pixels of a side; larger pictures are shrunk first
FAINT = 0.1  # the least contrast of what is shown with its background


def read_picture(path: Path) -> Pixels:
    """The pixels of a PNG or JPEG, uint8 [H, W, 4], turned as a camera says.

    Raises:
        DataError: missing, too large, or neither PNG nor JPEG.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES // 2**20} MB")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "JPEG"]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise DataError(f"{path} has more than {MAX_PIXELS} pixels")
                upright = ImageOps.exif_transpose(picture)
                if upright.mode.startswith("I"):  # 16 bits
                    upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
                return np.array(upright.convert("RGBA"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(f"{path} is neither PNG nor JPEG, or far too large") from None
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def flatten_alpha(pixels: Pixels) -> Colors:
    """Colours [H, W, 3] in [0, 1], shrunk where very large; light ink on black, dark on white."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture = picture.reduce(-(-max(picture.size) // LARGEST)).convert("RGBA")
    colors = np.asarray(picture, np.float32) / np.float32(255)
    alpha = colors[..., 3:]
    if alpha.min() == 1:
        return colors[..., :3]
    light = (colors[..., :3] * alpha).sum() > 1.5 * alpha.sum()
    shown: Colors = colors[..., :3] * alpha + (1 - alpha) * np.float32(0 if light else 1)
    return shown
