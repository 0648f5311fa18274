"""What a model gives back: a result in one modality, or items that were found."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import ParameterError
from crossmodal.files import atomic_path
from crossmodal.inference.pictures import Pixels
from crossmodal.inference.sources import Modality

# Below this confidence a reading counts as unsure. Of 700 pictures made of MNIST's training digits
# as phones take them, 1 % were read wrong with more; 20 % were read right with less.
SURE = 0.9


@dataclass(frozen=True)
class Reading:
    """What a classifier of single digits reads in a picture of two: a second opinion.

    words: as the model would say them. confidence: in the digit of which it is less sure, from 0
    to 1.
    """

    words: tuple[str, ...]
    confidence: float


@dataclass(frozen=True)
class Result:
    """What was generated from `source` in the modality `target`.

    words: what it shows or says. seen_in_training: False for a held-out combination, None where
    that is not known. heard: of a spoken source the words nearest to it, else None.
    reading: of a picture of two digits what a classifier reads, where the model has one, else None.
    image: uint8 [H, W] or [H, W, 3] where the target is an image.
    samples, rate: float32 [T] in [-1, 1] and Hz where the target is speech.
    """

    source: Modality
    target: Modality
    words: tuple[str, ...]
    seen_in_training: bool | None
    heard: tuple[str, ...] | None = None
    image: Pixels | None = None
    samples: NDArray[np.float32] | None = None
    rate: int | None = None
    reading: Reading | None = None

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(self.words)

    @property
    def warning(self) -> str | None:
        """Why the answer to a picture may be wrong, in a sentence; None where nothing says so."""
        if self.reading is None:
            return None
        read, share = " ".join(self.reading.words), f"{self.reading.confidence:.0%} sure"
        if self.reading.confidence < SURE:
            return f"the digits are hard to read: a classifier takes them for {read}, only {share}"
        if self.reading.words != self.words:
            return f"a classifier reads {read}, {share}: it may be right and {self.text} wrong"
        return None

    def save(self, path: Path | str) -> None:
        """Write the result as its suffix says, whole or not at all.

        Raises:
            ParameterError: not a suffix of this modality, or no place for a file.
        """
        path = Path(path)
        write = find_writer(path, self.target)
        with atomic_path(path) as temporary:
            write(self, temporary)

    def summary(self) -> dict[str, Any]:
        """All but samples and pixels, as JSON knows it."""
        known: dict[str, Any] = {"source": self.source, "target": self.target, "text": self.text}
        known |= {"words": list(self.words), "seen_in_training": self.seen_in_training}
        known["heard"] = None if self.heard is None else list(self.heard)
        known["reading"] = None if self.reading is None else asdict(self.reading)
        known["warning"] = self.warning
        if self.samples is not None and self.rate is not None:
            known |= {"seconds": round(len(self.samples) / self.rate, 3), "sample_rate": self.rate}
        if self.image is not None:
            known["shape"] = list(self.image.shape)
        return known

    def to_json(self) -> str:
        """The summary as JSON text."""
        return json.dumps(self.summary())


@dataclass(frozen=True)
class Item:
    """A real image that was found: what it shows, whence, how far away in the latent space.

    split: train, or held_out, test or binding. image: uint8 [H, W] or [H, W, 3].
    """

    words: tuple[str, ...]
    split: str
    distance: float
    image: Pixels

    def summary(self) -> dict[str, Any]:
        """All but the pixels, as JSON knows it."""
        distance = round(self.distance, 4)
        return {"words": list(self.words), "split": self.split, "distance": distance}


def write_picture(result: Result, path: Path) -> None:
    """PNG, or JPEG at a quality that keeps thin strokes."""
    from PIL import Image

    assert result.image is not None
    Image.fromarray(result.image).save(path, quality=95)


def write_sound(result: Result, path: Path) -> None:
    """16 bits a sample, in the container that the suffix says."""
    from crossmodal.data.audio import encode_audio

    assert result.samples is not None and result.rate is not None
    container: Any = path.suffix[1:].lower()
    path.write_bytes(encode_audio(result.samples, result.rate, container))


def write_words(result: Result, path: Path) -> None:
    """One line."""
    path.write_text(result.text + "\n", encoding="utf-8", newline="\n")


Writer = Callable[[Result, Path], None]
WRITERS: dict[Modality, dict[str, Writer]] = {
    "text": {".txt": write_words},
    "speech": {".wav": write_sound, ".flac": write_sound},
    "image": {".png": write_picture, ".jpg": write_picture, ".jpeg": write_picture},
}


def find_writer(path: Path, target: Modality) -> Writer:
    """What writes a result of the modality `target` to `path`.

    Raises:
        ParameterError: not a suffix of this modality, a folder, or in a missing folder.
    """
    if (write := WRITERS[target].get(path.suffix.lower())) is None:
        raise ParameterError(f"{path}: {target} is saved as {', '.join(WRITERS[target])}")
    if path.is_dir():
        raise ParameterError(f"{path} is a folder; allowed: a file")
    if not path.parent.is_dir():
        raise ParameterError(f"{path.parent} is no folder; allowed: a file in an existing folder")
    return write
