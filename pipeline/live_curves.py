"""Trainings that can be watched: the bar tells the loss, curves grow on disk meanwhile.

TensorBoard and DVCLive write the curves. Both are of the extra `log`; a stage does without what is
not installed. What they write is no output of a stage, and whatever goes wrong with it, the
training goes on.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from crossmodal.errors import one_line
from crossmodal.files import remove
from crossmodal.train.curve import Curve
from pipeline.paths import LOGS
from pipeline.progress import show_progress

# How often DVCLive's page loads itself again; to write it takes a while.
PAGE_SECONDS = 5.0


def follow(stage: str, trainings: Mapping[Any, Iterable[Curve]], total: int, unit: str) -> None:
    """Run trainings one after the other; their curves are in `.logs/STAGE/TRAINING`.

    Args:
        stage: as DVC names it.
        trainings: by name; each yields its curve again after every `unit`.
        total: how many units are to come, over all trainings.
    """

    def run_all() -> Iterator[Curve]:
        for name, training in trainings.items():
            with closing(LiveCurve(LOGS / stage / str(name))) as live:
                for curve in training:
                    live.update(curve)
                    yield curve

    for _ in show_progress(run_all(), total, unit, tell_newest):
        pass


def tell_newest(curve: Curve) -> str:
    """The newest loss and the newest score of a validation, as far as there are any."""
    losses = [item for row in curve.rows[-1:] for item in row.items() if item[0] != "step"]
    shown = losses[:1] + [("score", row["score"]) for row in curve.validations[-1:]]
    return ", ".join(f"{name} {value:.4g}" for name, value in shown if value is not None)


class Log(Protocol):
    """What a curve is written to."""

    def write(self, step: int, measured: Mapping[str, float]) -> None:
        """Take in what was measured at a step."""

    def close(self) -> None:
        """Nothing more will come."""


class TensorBoardLog:
    """Events that `tensorboard --logdir` shows."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder))

    def write(self, step: int, measured: Mapping[str, float]) -> None:
        """As in `Log`; on disk at once."""
        for name, value in measured.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def close(self) -> None:
        """As in `Log`."""
        self.writer.close()


class DvcLiveLog:
    """DVCLive's files: a table for each measure, and report.html with all of them."""

    def __init__(self, folder: Path) -> None:
        from dvclive import Live

        self.live = Live(str(folder), report="html", save_dvc_exp=False, dvcyaml=None)
        self.next_page = 0.0

    def write(self, step: int, measured: Mapping[str, float]) -> None:
        """As in `Log`; tables at once, the page every few seconds."""
        self.live.step = step
        for name, value in measured.items():
            self.live.log_metric(name, value)
        if time.monotonic() >= self.next_page:
            self.live.next_step()
            self.next_page = time.monotonic() + PAGE_SECONDS

    def close(self) -> None:
        """As in `Log`."""
        self.live.end()


LIBRARIES: tuple[Callable[[Path], Log], ...] = (TensorBoardLog, DvcLiveLog)


class LiveCurve:
    """One curve, in a folder that is emptied when the curve begins.

    A training that goes on after a kill brings all that it had measured until its checkpoint, so
    the curve is whole and has no step twice.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: list[Log] | None = None
        self.written = (0, 0)

    def update(self, curve: Curve) -> None:
        """Write what is new."""
        rows, validations = self.written
        new = [*curve.rows[rows:], *curve.validations[validations:]]
        self.written = len(curve.rows), len(curve.validations)
        if not new:
            return
        with self.forgiven():
            if self.logs is None:
                remove(self.folder)
                self.logs = list(open_logs(self.folder))
            for row in sorted(new, key=lambda row: row["step"] or 0):
                measured = {n: value for n, value in row.items() if value is not None}
                step = int(measured.pop("step"))
                for log in self.logs:
                    log.write(step, measured)

    def close(self) -> None:
        """The training has ended."""
        with self.forgiven():
            for log in self.logs or ():
                log.close()

    @contextmanager
    def forgiven(self) -> Iterator[None]:
        """After an error nothing more is written, which one line on standard error says."""
        try:
            yield
        except Exception as error:
            self.logs = []
            print(f"no live curve in {self.folder}: {one_line(error)}", file=sys.stderr)


def open_logs(folder: Path) -> Iterator[Log]:
    """Logs of all libraries that are installed."""
    for library in LIBRARIES:
        try:
            yield library(folder)
        except ImportError:
            continue
