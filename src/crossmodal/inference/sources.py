"""What a person may give to a model: words, recordings, a picture; from memory or from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import ParameterError
from crossmodal.inference.description import shorten
from crossmodal.inference.pictures import PHONE_SUFFIXES, SUFFIXES, Pixels, as_read, read_picture
from crossmodal.inference.recordings import Recording, read_recording

Modality = Literal["text", "speech", "image"]
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".aac", ".mp4", ".3gp", ".ogg", ".oga", ".opus", ".webm")
PICTURES = SUFFIXES
ALLOWED = (
    f"allowed: words as text, a Path or Paths of recordings ({', '.join(SOUNDS)}), a Path of a "
    f"picture ({', '.join(PICTURES)}), Recordings, or uint8 pixels [H, W] or [H, W, 3]"
)
Source = str | Path | Recording | Sequence[Path | Recording] | Pixels
Content = str | tuple[Recording, ...] | Pixels


def read_source(source: Source) -> tuple[Modality, Content]:
    """The modality of `source` and its content: words, recordings, or pixels [H, W(, 3)].

    Raises:
        ParameterError: of no known kind.
        DataError: a file is missing, too large or not what its suffix says.
    """
    if isinstance(source, str):
        return "text", source
    if isinstance(source, np.ndarray):
        return "image", check_pixels(source)
    parts = list(source) if isinstance(source, Sequence) else [source]
    if len(parts) == 1 and isinstance(parts[0], Path) and is_picture(parts[0]):
        return "image", read_picture(parts[0])
    if not parts:
        raise ParameterError(f"nothing was given; {ALLOWED}")
    return "speech", tuple(open_recording(part) for part in parts)


def is_picture(path: Path) -> bool:
    """Whether it is to be read as a picture; what phones save is, and refused with advice."""
    return path.suffix.lower() in (*PICTURES, *PHONE_SUFFIXES)


def open_recording(part: Any) -> Recording:
    """A `Recording` as it is, or the file at a Path; raises as `read_source` does."""
    if isinstance(part, Path) and part.suffix.lower() in SOUNDS:
        return read_recording(part, str(part))
    if not isinstance(part, Recording):
        raise ParameterError(f"{shorten(part)} cannot be used; {ALLOWED}")
    return part


def check_pixels(pixels: NDArray[Any]) -> Pixels:
    """`pixels` where they are uint8 [H, W], [H, W, 3] or [H, W, 4]; else ParameterError.

    What is transparent comes back on a plain ground.
    """
    gray = pixels.ndim == 2
    if pixels.dtype != np.uint8 or not (gray or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))):
        raise ParameterError(
            f"pixels {pixels.dtype} {list(pixels.shape)} cannot be used; {ALLOWED}"
        )
    if pixels.shape[2:] == (4,) and pixels.size:
        return as_read(pixels)
    return pixels
