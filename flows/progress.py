"""Progress bars of stages as progress artifacts."""

import re
import time
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

# tqdm's form:  42%|####      | 21/50 [00:10<00:14,  2.00shard/s]
BAR = re.compile(r"^\s*(?:[^|]*:\s*)?(\d{1,3})%\|.*\|\s*(\S+/\S+)\s*\[(.*)\]")
PAUSE_SECONDS = 2.0


def make_key(*parts: str) -> str:
    """An artifact's key: Prefect allows a-z, 0-9 and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")


class ProgressReport:
    """The progress artifact of one stage; made when the stage draws its first bar."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self._artifact: UUID | None = None
        self._next = 0.0

    def show(self, line: str) -> bool:
        """Take a line of the stage's output; returns whether it is a progress bar."""
        bar = BAR.match(line)
        if bar is None:
            return False
        if self._artifact is None:
            key, description = make_key("progress", self.stage), f"Progress of {self.stage}"
            # Its type allows for a coroutine, which it is only in asynchronous code.
            self._artifact = cast(UUID, create_progress_artifact(0.0, key, description))
        if time.monotonic() >= self._next:
            self._update(float(bar[1]), f"{self.stage}: {bar[2]}, {bar[3]}")
        return True

    def finish(self) -> None:
        """The stage is complete, even if its last bar was not drawn to the end."""
        if self._artifact is not None:
            self._update(100.0, f"{self.stage}: complete")

    def _update(self, percent: float, description: str) -> None:
        assert self._artifact
        update_progress_artifact(self._artifact, percent, description)
        self._next = time.monotonic() + PAUSE_SECONDS
