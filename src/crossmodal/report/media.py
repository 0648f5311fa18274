"""Pictures and sound inside a page, as `data:` addresses: nothing is ever fetched."""

import base64
import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

from crossmodal.data.audio import read_audio
from crossmodal.errors import DataError

BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def embed_picture(image: NDArray[np.uint8]) -> str:
    """uint8 [C, H, W], C 1 or 3, as PNG at its own size; the page enlarges it pixel by pixel."""
    pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", optimize=True)
    return to_address("image/png", buffer.getvalue())


def embed_words(folder: Path, words: Sequence[str]) -> str:
    """The recordings of some words, one after the other, as FLAC.

    Each recording ends in silence, so the words need no further gap.

    Raises:
        DataError: a recording is missing, damaged, or of another sample rate than the first.
    """
    recordings = [read_audio(folder / f"{word}.wav") for word in words]
    rates = {rate for _, rate in recordings}
    if len(rates) > 1:
        raise DataError(f"{folder}: the sample rates differ: {sorted(rates)} Hz")
    return embed_sound(np.concatenate([samples for samples, _ in recordings]), rates.pop())


def embed_sound(samples: NDArray[np.float32], rate: int) -> str:
    """Mono samples in [-1, 1] as FLAC of 16 bits; `rate` in Hz."""
    buffer = io.BytesIO()
    # FLAC: half of a wav's size, no loss, and the same bytes every time.
    soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return to_address("audio/flac", buffer.getvalue())


def embed_figure(path: Path) -> tuple[str, int, int]:
    """A chart in a PNG file, in 64 colours, a third of its size: address, width, height.

    Raises:
        DataError: missing, damaged, or not a PNG file.
    """
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG"]) as image:
                small = image.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, *BOMBS) as error:
        raise DataError(f"{path} is not a picture: {error}") from None
    small.save(buffer, "PNG", optimize=True)
    return to_address("image/png", buffer.getvalue()), *small.size


def to_address(kind: str, content: bytes) -> str:
    """`content` as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
