"""Files as a browser hands them over: recordings by microphone, of any rate and in stereo.

Legend: T samples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile

from crossmodal.data.audio import MAX_SAMPLE_RATE, MAX_SECONDS
from crossmodal.errors import DataError
from crossmodal.inference import Recording

NAME = "the recording"


def read_upload(path: Path) -> Recording:
    """A recording, its channels averaged, whatever libsndfile knows (wav, flac, ogg, mp3).

    Raises:
        DataError: not audio, or out of the bounds that are checked before anything is decoded.
    """
    try:
        info = soundfile.info(path)
        if info.duration > MAX_SECONDS or info.samplerate > MAX_SAMPLE_RATE or info.channels > 2:
            raise DataError(f"{NAME} is too long; allowed: {MAX_SECONDS} s, mono or stereo")
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError):
        raise DataError(f"{NAME} cannot be read; allowed: wav, flac, ogg and mp3") from None
    return Recording(samples.mean(1), rate, NAME)


def require_upload(path: str | None, folder: Path) -> Path:
    """The path of a file that was uploaded into `folder`; raises DataError for any other."""
    if path is None or not Path(path).resolve().is_relative_to(folder.resolve()):
        raise DataError("the file was not uploaded to this page")
    return Path(path)


@contextmanager
def without_folder(path: Path) -> Iterator[None]:
    """Within, a message names a file as a person knows it: without the folder of uploads."""
    try:
        yield
    except DataError as error:
        raise DataError(str(error).replace(str(path), f"“{path.name}”")) from None
