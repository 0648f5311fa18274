"""Recordings as people have them, brought to the rate of a training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.broken import BrokenInput
from crossmodal.errors import DataError

Samples = NDArray[np.float32]
CLICK = 0.03  # seconds; shorter sounds are no words
MAX_SECONDS = 60
RATES = (8000, 192_000)


@dataclass(frozen=True)
class Recording:
    """Mono `samples` float32 [T] in [-1, 1] at `rate` Hz; `name` is for messages."""

    samples: Samples
    rate: int
    name: str = "the recording"


def read_recording(path: Path, name: str) -> Recording:
    """A file in any format that `crossmodal.data.audio` reads, its channels averaged.

    Args:
        name: what messages call it.

    Raises:
        DataError: missing, not audio, cut off, or out of the bounds that are checked before it is
            decoded.
    """
    from crossmodal.data.audio import decode_audio

    try:
        return Recording(*decode_audio(path), name)
    except BrokenInput as error:
        raise DataError(f"{name} {error}") from None


def resample_checked(recording: Recording, wanted: int) -> Samples:
    """The samples at the rate of the training, `wanted` Hz.

    Raises:
        DataError: not mono float32, not finite, too short or long, or of an unusual rate.
    """
    samples, rate, name = recording.samples, recording.rate, recording.name
    low, high = RATES
    if not low <= rate <= high:
        raise DataError(f"{name}: {rate} Hz; allowed are usual rates from {low} to {high} Hz")
    mono = samples.ndim == 1 and samples.dtype == np.float32
    if not mono or not CLICK * rate <= len(samples) <= MAX_SECONDS * rate:
        raise DataError(f"{name}: allowed are mono float32 samples, {CLICK} to {MAX_SECONDS} s")
    if not np.isfinite(samples).all():
        raise DataError(f"{name} holds samples that are no numbers")
    if rate == wanted:
        return samples
    from crossmodal.data.torchaudio_backend import resample

    try:
        return resample(samples, rate, wanted)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
