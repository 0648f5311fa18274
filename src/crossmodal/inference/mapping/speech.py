"""From a person's recording to the vectors of its words, and from words to a recording.

Legend: T samples, E dimensions of a word's embedding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from crossmodal.data.audio import trim_silence
from crossmodal.data.torchaudio_backend import import_torchaudio
from crossmodal.errors import DataError
from crossmodal.inference.description import Description
from crossmodal.inference.recordings import CLICK, Recording, Samples, resample_checked

GAP = 0.2  # seconds of silence between the words of a generated recording
PAUSE = 0.12  # seconds of silence that end a word; inside "six" and "eight" there is less
FRAME = 0.01  # seconds
NOISE = 0.25  # share of the peak that is taken for noise at most
LONGEST_WORD = 1.5  # seconds


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
    mels = description.integer("speech.mels", 1, 512)
    return SpeechSettings(
        description.integer("speech.sample_rate", 8000, 48_000),
        description.number("speech.seconds", 0.05, 10),
        description.number("speech.silence_threshold", 0, 0.999),
        description.integer("speech.coefficients", 1, min(mels, 128)),
        mels,
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
    rate = settings.sample_rate
    known = [
        Recording(resample_checked(recording, rate), rate, recording.name)
        for recording in recordings
    ]
    threshold = settings.silence_threshold
    if len(known) == 1:
        # The pauses tell how loud the noise is; a word of its own has none.
        threshold = find_threshold(known[0], threshold)
        known = split_words(known[0], count, threshold)
    return [trim_word(part, threshold) for part in known]


def split_words(recording: Recording, count: int, threshold: float) -> list[Recording]:
    """Cut a recording in the middle of its pauses.

    Raises:
        DataError: it has not `count` words with pauses between them.
    """
    spans = find_sounds(recording, threshold)
    if len(spans) != count:
        raise DataError(
            f"{recording.name}: {count_words(len(spans))} heard instead of {count}; leave a "
            f"silence of {2 * PAUSE} s or more between words, or give one recording for each word"
        )
    cuts = [(stop + start) // 2 for (_, stop), (start, _) in pairwise(spans)]
    return [
        Recording(part, recording.rate, f"word {number} of {recording.name}")
        for number, part in enumerate(np.split(recording.samples, cuts), 1)
    ]


def count_words(count: int) -> str:
    """For a message: "1 word was", "3 words were"."""
    return "1 word was" if count == 1 else f"{count} words were"


def find_sounds(recording: Recording, threshold: float) -> list[tuple[int, int]]:
    """The (first, last) samples of all sounds with a `PAUSE` between them, clicks left out.

    Args:
        threshold: share of the loudest frame below which a frame is silent.
    """
    levels, frame = measure_levels(recording)
    loud = np.flatnonzero(levels >= threshold * levels.max())
    breaks = np.flatnonzero(np.diff(loud) > PAUSE / FRAME) + 1
    runs = [run for run in np.split(loud, breaks) if len(run) >= CLICK / FRAME]
    return [(int(run[0]) * frame, int(run[-1] + 1) * frame) for run in runs]


def find_threshold(recording: Recording, threshold: float) -> float:
    """The share of the peak that is silence here: more than `threshold` where there is noise."""
    levels, _ = measure_levels(recording)
    noise = 2 * float(np.quantile(levels, 0.03)) / float(levels.max())
    return max(threshold, min(noise, NOISE))


def measure_levels(recording: Recording) -> tuple[Samples, int]:
    """The peak of every frame, and the samples of a frame.

    Raises:
        DataError: silent.
    """
    frame = round(FRAME * recording.rate)
    count = len(recording.samples) // frame
    levels = np.abs(recording.samples[: count * frame]).reshape(count, frame).max(1)
    if not levels.any():
        raise DataError(f"{recording.name} is silent")
    return levels, frame


def trim_word(recording: Recording, threshold: float) -> Samples:
    """A word without the silence around it.

    Raises:
        DataError: silent, too short or too long for a word.
    """
    samples = trim_silence(recording.samples, threshold, recording.name)
    seconds = len(samples) / recording.rate
    if not CLICK <= seconds <= LONGEST_WORD:
        raise DataError(
            f"{recording.name} lasts {seconds:.2f} s without silence; allowed for a word are "
            f"{CLICK} to {LONGEST_WORD} s"
        )
    return samples


def embed_word(samples: Samples, settings: SpeechSettings) -> Samples:
    """The mean MFCCs of a trimmed word, float32 [E], as `embed_speech` made them in training.

    There librosa makes them, whose bytes are the same on every machine. Here torchaudio does: it
    gives the same numbers, but for rounding, and is a small part of librosa's size.

    A word that is longer than those of the training is not padded and not cut.
    """
    missing = max(settings.length - len(samples), 0)
    padded = np.pad(samples, (missing // 2, missing - missing // 2))
    sizes = {
        "n_fft": settings.window_length,
        "hop_length": settings.hop_length,
        "n_mels": settings.mels,
    }
    to_coefficients = import_torchaudio().transforms.MFCC(
        settings.sample_rate,
        settings.coefficients,
        melkwargs={**sizes, "pad_mode": "reflect", "norm": "slaney", "mel_scale": "slaney"},
    )
    vector: Samples = to_coefficients(torch.from_numpy(padded)).mean(1).numpy()
    return vector


def join_words(words: Sequence[Samples], rate: int) -> Samples:
    """Recordings one after the other, `GAP` seconds of silence between them."""
    silence = np.zeros(round(GAP * rate), np.float32)
    parts = [part for word in words for part in (silence, word)]
    return np.concatenate(parts[1:])
