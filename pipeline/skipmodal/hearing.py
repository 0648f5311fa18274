"""Clips of a stage through the recogniser, all in one call: it is loaded once."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from crossmodal.data.audio import read_audio
from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.transcriber import Waveform, load_whisper, transcribe_all
from pipeline.progress import show_progress

Clips = tuple[list[Waveform], int]


def read_clips(paths: Sequence[Path]) -> Clips:
    """The samples of some clips, and their sample rate.

    Raises:
        DataError: there are none, one is missing or damaged, or their rates differ.
    """
    read = [read_audio(path) for path in paths]
    rates = {rate for _, rate in read}
    if len(rates) != 1:
        raise DataError(f"clips must have one sample rate; {len(paths)} have {sorted(rates)}")
    return [samples for samples, _ in read], rates.pop()


def hear(clips: Clips, threads: int) -> list[str]:
    """What is heard in each clip."""
    samples, rate = clips
    progress = partial(show_progress, total=None, unit="batch")
    return transcribe_all(samples, rate, progress, load_whisper(threads))
