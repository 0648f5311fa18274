"""From a person's recording to the vectors of its words, and from words to a recording.

Legend: T samples, E dimensions of a word's embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.audio import trim_silence
from crossmodal.errors import DataError
from crossmodal.inference.description import Description
from crossmodal.inference.sources import Recording

GAP = 0.2  # seconds of silence between the words of a generated recording
PAUSE = 0.12  # seconds of silence that end a word; inside "six" and "eight" there is less
CLICK = 0.03  # seconds; shorter sounds are no words
FRAME = 0.01  # seconds
MAX_SECONDS = 60
LONGEST_WORD = 1.5  # seconds
RATES = (8000, 192_000)
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class SpeechSettings:
    """How the recordings of the training were made and embedded."""

    sample_rate: int
    seconds: float
    silence_threshold: float
    coefficients: int
    mels: int
    window_length: int
    hop_length: int

    @property
    def length(self) -> int:
        """Samples of a word's recording."""
        return round(self.seconds * self.sample_rate)


def read_settings(description: Description) -> SpeechSettings:
    """The settings under `speech`; raises DataError."""
    return SpeechSettings(
        description.integer("speech.sample_rate", 8000, 48_000),
        description.number("speech.seconds", 0.05, 10),
        description.number("speech.silence_threshold", 0, 0.999),
        description.integer("speech.coefficients", 1, 128),
        description.integer("speech.mels", 1, 512),
        description.integer("speech.window_length", 16, 65_536),
        description.integer("speech.hop_length", 1, 65_536),
    )


def prepare_words(
    recordings: Sequence[Recording], count: int, settings: SpeechSettings
) -> list[Samples]:
    """One trimmed recording for each of `count` words, at the rate of the training.

    Args:
        recordings: one for each word, or a single one with pauses between the words.

    Raises:
        DataError: another number of words, silence, or a recording out of bounds.
    """
    if len(recordings) not in (1, count):
        raise DataError(
            f"{len(recordings)} recordings were given; allowed: {count}, one for each word, "
            f"or a single one with a pause between the {count} words"
        )
    known = [
        Recording(resample_checked(r, settings), settings.sample_rate, r.name) for r in recordings
    ]
    parts = split_words(known[0], count, settings) if len(known) == 1 else known
    return [trim_word(part, settings) for part in parts]


def resample_checked(recording: Recording, settings: SpeechSettings) -> Samples:
    """The samples at the rate of the training.

    Raises:
        DataError: not mono float32, not finite, too long, or of an unusual rate.
    """
    samples, rate, name = recording.samples, recording.rate, recording.name
    low, high = RATES
    # A rate that shares no large divisor with ours would need a filter of gigabytes.
    if not low <= rate <= high or rate // gcd(rate, settings.sample_rate) > 2000:
        raise DataError(f"{name}: {rate} Hz; allowed are usual rates from {low} to {high} Hz")
    if samples.ndim != 1 or samples.dtype != np.float32 or len(samples) > MAX_SECONDS * rate:
        raise DataError(f"{name}: allowed are mono float32 samples, up to {MAX_SECONDS} s")
    if not np.isfinite(samples).all():
        raise DataError(f"{name} holds samples that are no numbers")
    if rate == settings.sample_rate:
        return samples
    from crossmodal.data.torchaudio_backend import resample

    return resample(samples, rate, settings.sample_rate)


def split_words(recording: Recording, count: int, settings: SpeechSettings) -> list[Recording]:
    """Cut a recording in the middle of its pauses.

    Raises:
        DataError: it has not `count` words with pauses between them.
    """
    spans = find_sounds(recording, settings.silence_threshold)
    if len(spans) != count:
        raise DataError(
            f"{recording.name}: {len(spans)} words were heard instead of {count}; leave a silence "
            f"of {2 * PAUSE} s or more between words, or give one recording for each word"
        )
    ends = [stop for _, stop in spans[:-1]]
    cuts = [(stop + start) // 2 for stop, (start, _) in zip(ends, spans[1:], strict=True)]
    parts = np.split(recording.samples, cuts)
    names = [f"word {number} of {recording.name}" for number in range(1, count + 1)]
    return [Recording(part, recording.rate, name) for part, name in zip(parts, names, strict=True)]


def find_sounds(recording: Recording, threshold: float) -> list[tuple[int, int]]:
    """The (first, last) samples of all sounds with a `PAUSE` between them, clicks left out."""
    frame = round(FRAME * recording.rate)
    samples = recording.samples[: len(recording.samples) // frame * frame]
    levels = np.abs(samples).reshape(-1, frame).max(1)
    loud = np.flatnonzero(levels > threshold * levels.max(initial=0))
    if not len(loud):
        raise DataError(f"{recording.name} is silent or shorter than {FRAME} s")
    breaks = np.flatnonzero(np.diff(loud) > PAUSE / FRAME) + 1
    runs = [run for run in np.split(loud, breaks) if len(run) >= CLICK / FRAME]
    return [(int(run[0]) * frame, int(run[-1] + 1) * frame) for run in runs]


def trim_word(recording: Recording, settings: SpeechSettings) -> Samples:
    """A word without the silence around it.

    Raises:
        DataError: silent, too short or too long for a word.
    """
    samples = trim_silence(recording.samples, settings.silence_threshold, recording.name)
    seconds = len(samples) / recording.rate
    if not CLICK <= seconds <= LONGEST_WORD:
        raise DataError(
            f"{recording.name} lasts {seconds:.2f} s without silence; allowed for a word are "
            f"{CLICK} to {LONGEST_WORD} s"
        )
    return samples


def embed_word(samples: Samples, settings: SpeechSettings) -> Samples:
    """The mean MFCCs of a trimmed word, float32 [E], as `embed_speech` made them in training.

    A word that is longer than those of the training is not padded and not cut.
    """
    from crossmodal.embed.speech import embed_recording

    missing = max(settings.length - len(samples), 0)
    padded = np.pad(samples, (missing // 2, missing - missing // 2))
    return embed_recording(padded, settings.sample_rate, settings)


def join_words(words: Sequence[Samples], rate: int) -> Samples:
    """Recordings one after the other, `GAP` seconds of silence between them."""
    silence = np.zeros(round(GAP * rate), np.float32)
    parts = [part for word in words for part in (silence, word)]
    return np.concatenate(parts[1:])
