"""Recordings as people have them, brought to the rate of a training."""

from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    """A file in any format that libsndfile knows, its channels averaged.

    Args:
        name: what messages call it.

    Raises:
        DataError: missing, not audio, or out of the bounds that are checked before it is decoded.
    """
    import soundfile

    try:
        info = soundfile.info(path)
        if info.samplerate > RATES[1] or info.duration > MAX_SECONDS:
            raise DataError(f"{name} is too long: allowed are up to {MAX_SECONDS} s and 192 kHz")
        if info.frames * info.channels > 2 * MAX_SECONDS * RATES[1]:
            raise DataError(f"{name} has {info.channels} channels; allowed: mono or stereo")
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DataError(f"{name} is missing or not audio: {error.error_string}") from None
    return Recording(samples.mean(1), rate, name)


def resample_checked(recording: Recording, wanted: int) -> Samples:
    """The samples at the rate of the training, `wanted` Hz.

    Raises:
        DataError: not mono float32, not finite, too short or long, or of an unusual rate.
    """
    samples, rate, name = recording.samples, recording.rate, recording.name
    low, high = RATES
    # A rate that shares no large divisor with ours would need a filter of gigabytes.
    if not low <= rate <= high or rate // gcd(rate, wanted) > 2000:
        raise DataError(f"{name}: {rate} Hz; allowed are usual rates from {low} to {high} Hz")
    mono = samples.ndim == 1 and samples.dtype == np.float32
    if not mono or not CLICK * rate <= len(samples) <= MAX_SECONDS * rate:
        raise DataError(f"{name}: allowed are mono float32 samples, {CLICK} to {MAX_SECONDS} s")
    if not np.isfinite(samples).all():
        raise DataError(f"{name} holds samples that are no numbers")
    if rate == wanted:
        return samples
    from crossmodal.data.torchaudio_backend import resample

    return resample(samples, rate, wanted)
