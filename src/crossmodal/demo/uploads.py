"""Files as a browser hands them over: recordings by microphone, of any rate and in stereo.

Legend: T samples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crossmodal.errors import DataError
from crossmodal.inference.recordings import Recording, read_recording


def read_upload(path: Path) -> Recording:
    """A recording, its channels averaged; raises DataError as `read_recording` does."""
    return read_recording(path, "the recording")


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
