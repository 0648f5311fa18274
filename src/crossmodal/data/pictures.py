"""Pictures as people have them: one reader for training, the command and the demo.

Every picture becomes RGB, the right way up, of 8 bits, and shown on a plain ground where it is
transparent. The pixels do not depend on who reads, so a model sees a file as its training would.

Legend: H, W a picture's height and width, pixels.
"""

import shlex
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from crossmodal.data.broken import BrokenInput, Kind
from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

Pixels = NDArray[np.uint8]
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
UNKNOWN = "neither PNG, JPEG, WebP, GIF, BMP nor TIFF"
PHONE_FORMATS = (b"ftyphe", b"ftypmif1", b"ftypmsf1", b"ftypavi")  # after four bytes of the file
MAX_BYTES = 50 * 2**20
MAX_PIXELS = 64_000_000  # the largest that phones take unasked have 50 million
TOO_MANY = f"more than {MAX_PIXELS // 10**6} million pixels"
LEAST = 1024  # pixels of the shorter side, below which no JPEG is decoded at a fraction
NARROW = 100  # longer to shorter side, from which there is no square to cut out
SMALL = 128  # pixels of a side, enough to see whether ink is light


def open_picture(path: Path) -> tuple[Image.Image, tuple[int, int]]:
    """A picture in RGB, upright, and its whole (width, height).

    A large JPEG is decoded at a half, a quarter or an eighth, which takes a fraction of the time.
    Of several frames or pages the first is taken.

    Raises:
        BrokenInput: missing, no file, huge, damaged, or of no format that can be read.
    """
    check_picture(path)
    try:
        with warnings.catch_warnings():
            # Decoders warn of oddities in what they read; a decompression bomb is refused below.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise BrokenInput("huge image", TOO_MANY)
                picture.draft(None, (LEAST, LEAST))
                picture.load()
                upright = turn_upright(picture)
                size = (width, height) if upright.size == picture.size else (height, width)
                return to_rgb(to_eight_bits(upright)), size
    except (BrokenInput, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise BrokenInput("huge image", TOO_MANY) from None
    except UnidentifiedImageError:
        raise BrokenInput("undecodable image", explain_format(path)) from None
    except Exception as error:  # decoders have no error of their own for damaged files
        raise BrokenInput("undecodable image", one_line(error)) from None


def check_picture(path: Path) -> None:
    """Raises BrokenInput where `path` is missing, no regular file, or too large."""
    try:
        size = check_file(path)
    except DataError as error:
        kind: Kind = "undecodable image" if path.exists() else "missing image"
        raise BrokenInput(kind, str(error).removeprefix(f"{path} is ")) from None
    if size > MAX_BYTES:
        raise BrokenInput("huge image", f"larger than {MAX_BYTES // 2**20} MB")


def explain_format(path: Path) -> str:
    """Why a file is no picture that can be read, and what to do where it is a phone's."""
    with path.open("rb") as file:
        start = file.read(12)[4:]
    if start.startswith(PHONE_FORMATS):
        names = (shlex.quote(name) for name in (path.name, f"{path.stem}-converted.jpg"))
        return (
            "HEIC or AVIF, which cannot be read; "
            f"`magick {' '.join(names)}` (ImageMagick) makes a JPEG of it"
        )
    return UNKNOWN


def turn_upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera says; as it is where that cannot be read, as viewers show it."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF ends in errors of many kinds
        return picture


def to_eight_bits(picture: Image.Image) -> Image.Image:
    """Gray of 16 bits by its upper eight; every other picture as it is.

    Raises:
        BrokenInput: gray in 32 bits or in numbers with a fraction, whose white nobody knows.
    """
    if not picture.mode.startswith(("I", "F")):
        return picture
    if picture.mode == "F" or picture.mode == "I":
        raise BrokenInput("undecodable image", "32 bits a pixel; save it with 8 or 16")
    values = np.asarray(picture)
    gray = Image.fromarray((values >> 8).astype(np.uint8))
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        gray.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return gray


def to_rgb(picture: Image.Image) -> Image.Image:
    """In RGB; what is transparent is shown on white, or on black where the ink is light."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    shown = picture.convert("RGBA")
    if shown.getchannel("A").getextrema() == (255, 255):
        return shown.convert("RGB")
    small = np.asarray(shown.reduce(-(-max(shown.size) // SMALL)), np.int64)
    ink, alpha = small[..., :3].max(2), small[..., 3]
    light = 2 * (ink * alpha).sum() > 255 * alpha.sum()
    ground = Image.new("RGBA", shown.size, "black" if light else "white")
    return Image.alpha_composite(ground, shown).convert("RGB")


def read_square(path: Path, size: int) -> tuple[Pixels, tuple[int, int]]:
    """The square in the middle of a picture, and the picture's (width, height).

    Returns:
        uint8 [3, size, size], and the sides of the upright picture.

    Raises:
        BrokenInput: as `open_picture`, or too narrow.
    """
    picture, original = open_picture(path)
    return crop_square(picture, size), original


def crop_square(picture: Image.Image, size: int) -> Pixels:
    """Resize the shorter side of an RGB picture and cut out the centre, uint8 [3, size, size].

    Resizing averages over the pixels that fall together (no aliasing).

    Raises:
        BrokenInput: there is no square in it.
    """
    width, height = picture.size
    if min(width, height) * NARROW < max(width, height):
        raise BrokenInput("undecodable image", f"too narrow: {width} x {height} pixels")
    scale = size / min(width, height)
    wide, high = (max(size, round(side * scale)) for side in picture.size)
    left, top = (wide - size) // 2, (high - size) // 2
    if (wide, high) != picture.size:
        picture = picture.resize((wide, high), Image.Resampling.BILINEAR)
    square = np.asarray(picture.crop((left, top, left + size, top + size)))
    return np.ascontiguousarray(square.transpose(2, 0, 1))
