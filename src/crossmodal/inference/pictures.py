"""Pictures as models take them: RGB or gray pixels, from files or from memory.

Pillow is loaded where it is used: whoever lists models needs none.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.broken import BrokenInput
from crossmodal.errors import DataError

Pixels = NDArray[np.uint8]
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
PHONE_SUFFIXES = (".heic", ".heif", ".avif")  # refused with the command that converts them
SMALLEST = 8  # pixels of a side
FAINT = 0.1  # the least contrast of what is shown with its background


def read_picture(path: Path) -> Pixels:
    """The pixels of a picture, uint8 [H, W, 3], as the sharding of a training reads them.

    Raises:
        DataError: missing, too large, damaged, or of no format that can be read.
    """
    from crossmodal.data.pictures import open_picture

    try:
        return np.array(open_picture(path)[0])
    except BrokenInput as error:
        if error.kind == "missing image":
            raise DataError(f"{path} is missing") from None
        raise DataError(f"{path} cannot be read: {error}") from None


def as_read(pixels: Pixels) -> Pixels:
    """Pixels [H, W], [H, W, 3] or [H, W, 4] as `read_picture` gives them: uint8 [H, W, 3]."""
    from PIL import Image

    from crossmodal.data.pictures import to_rgb

    return np.array(to_rgb(Image.fromarray(pixels)))


def check_size(pixels: Pixels) -> None:
    """Raises DataError where a picture is tiny."""
    if min(pixels.shape[:2]) < SMALLEST:
        raise DataError(f"the picture is smaller than {SMALLEST} pixels")
