"""What a listener hears who knows neither the models nor their thirteen words: Whisper tiny.en."""

import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crossmodal.data.torchaudio_backend import resample
from crossmodal.evaluate.skipmodal.transcriber import PADDING, RATE, load_whisper
from crossmodal.inference import Recording
from crossmodal.words import DIGIT_WORDS

if TYPE_CHECKING:
    from faster_whisper import WhisperModel


class Transcriber:
    """Loads the weights, which come with a Python package, when it is first asked."""

    def __init__(self) -> None:
        self.loading = threading.Lock()

    @cached_property
    def whisper(self) -> "WhisperModel":
        """The recogniser; raises DataError where its weights are not the expected ones."""
        return load_whisper(threads=0)

    def transcribe(self, recording: Recording) -> str:
        """The words heard, in small letters, digits spelt out; empty where there are none."""
        with self.loading:
            whisper = self.whisper
        padding = round(PADDING * RATE)
        samples = np.pad(resample(recording.samples, recording.rate, RATE), padding)
        parts, _ = whisper.transcribe(samples, language="en", without_timestamps=True)
        return spell(" ".join(part.text for part in parts))


def spell(text: str) -> str:
    """Small letters without punctuation, each digit as its word: "7-5." is "seven five"."""
    digits = re.sub(r"[0-9]", lambda digit: f" {DIGIT_WORDS[int(digit[0])]} ", text.lower())
    return " ".join(re.findall(r"[a-z']+", digits))
