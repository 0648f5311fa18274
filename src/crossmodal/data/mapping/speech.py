"""One recording for each word, all of the same length (paper A, section 4)."""

from pathlib import Path

import numpy as np
import soundfile
from hibari import Hibari
from numpy.typing import NDArray

from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.data.audio import fit_length, read_audio, trim_silence
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.data.torchaudio_backend import resample
from crossmodal.words import DIGIT_WORDS


def record_words(folder: Path, config: SpeakWords) -> None:
    """Write one 16-bit wav for each word of the vocabulary into an existing folder.

    Raises:
        DataError: a word does not fit the length, or a recording is missing or silent.
    """
    synthesizer = Hibari()
    length = round(config.seconds * config.sample_rate)
    for word in VOCABULARY:
        if config.voice == "fsdd" and word in DIGIT_WORDS:
            samples, rate = read_fsdd(word, config)
        else:
            samples, rate = synthesizer(word, seed=config.seed), synthesizer.sample_rate
        samples = resample(samples, rate, config.sample_rate)
        samples = trim_silence(samples, config.silence_threshold, word)
        samples = fit_length(samples, length, word)
        # PCM_16: the same bytes every time, and any player opens it.
        soundfile.write(folder / f"{word}.wav", samples, config.sample_rate, subtype="PCM_16")


def read_fsdd(word: str, config: SpeakWords) -> tuple[NDArray[np.float32], int]:
    """A recording of the Free Spoken Digit Dataset: {digit}_{speaker}_{index}.wav."""
    name = f"{DIGIT_WORDS.index(word)}_{config.fsdd_speaker}_{config.fsdd_index}.wav"
    return read_audio(Path(config.fsdd_folder) / name)
