"""Reading recordings and bringing them to one length."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

MAX_SECONDS = 60
MAX_SAMPLE_RATE = 192_000


def read_audio(path: Path) -> tuple[NDArray[np.float32], int]:
    """Mono samples in [-1, 1] as float32 [T], and the sample rate in Hz.

    Raises:
        DataError: missing, no regular file, not audio, not mono, longer than 60 s, above 192 kHz,
            or with samples that are no numbers.
    """
    check_file(path)
    try:
        info = soundfile.info(path)
        if info.samplerate > MAX_SAMPLE_RATE or info.duration > MAX_SECONDS or info.channels != 1:
            raise DataError(f"{path}: allowed are mono, up to {MAX_SECONDS} s and 192 kHz")
        samples, rate = soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise DataError(f"{path} is not audio: {one_line(error)}") from None
    if not np.isfinite(samples).all():
        raise DataError(f"{path} has samples that are no numbers")
    return samples, rate


def trim_silence(samples: NDArray[np.float32], threshold: float, name: str) -> NDArray[np.float32]:
    """Cut both ends where the amplitude stays below `threshold` times the peak.

    Raises:
        DataError: the recording is silent.
    """
    level = np.abs(samples)
    peak = level.max(initial=0.0)
    if not peak > 0:
        raise DataError(f"the recording of {name!r} is silent")
    loud = np.flatnonzero(level >= threshold * peak)
    return samples[loud[0] : loud[-1] + 1]


def fit_length(samples: NDArray[np.float32], length: int, name: str) -> NDArray[np.float32]:
    """Centre `samples` in `length` samples of silence.

    Raises:
        DataError: there are more samples than that; a word is not cut silently.
    """
    if len(samples) > length:
        raise DataError(
            f"the recording of {name!r} has {len(samples)} samples, more than {length}; "
            "raise speak_words.seconds or speak_words.silence_threshold"
        )
    before = (length - len(samples)) // 2
    return np.pad(samples, (before, length - len(samples) - before))
