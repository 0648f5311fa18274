"""Which stage runs next: a stage starts when what it needs is there and a worker is free."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from prefect.futures import PrefectFuture

from flows import lockfile
from flows.graph import Graph
from flows.stage import StageResult
from flows.workspace import Workspace

TIMINGS = Path(".timings")
UNKNOWN_SECONDS = 3.0
DONE = ("ran", "cached", "unchanged")

# Submits a stage with the futures that it waits for and its environment variables.
Submit = Callable[[str, list[PrefectFuture[Any]], dict[str, str]], PrefectFuture[Any]]


@dataclass
class Schedule:
    """One run through the graph.

    dirty: stages that are out of date themselves; those downstream of them are looked at only if
    a stage that they need makes something new.
    workers: how many stages run at once; gpus: how many of those may be marked for a GPU (None:
    no limit, there is none to share).
    """

    workspace: Workspace
    graph: Graph
    dirty: set[str]
    submit: Submit
    workers: int
    gpus: int | None = None
    keep_going: bool = False
    results: dict[str, StageResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.waiting = self.graph.affected_by(self.dirty)
        self.recorded = lockfile.read_outs(self.workspace.lock_file)
        self.changed: set[str] = set()
        self.futures: dict[str, PrefectFuture[Any]] = {}
        self.running: dict[str, int | None] = {}  # stage: its GPU
        self.ended: SimpleQueue[str] = SimpleQueue()
        self.priority = rank_by_remaining(self.graph, read_seconds(self.workspace))

    def run(self) -> dict[str, StageResult]:
        """Run until nothing can start any more; returns how each affected stage ended."""
        while self.start_ready() or self.running:
            if self.running:
                self.finish(self.ended.get())
        skipped = {stage: self.find_cause(stage) for stage in self.waiting}
        for stage, cause in skipped.items():
            self.results[stage] = StageResult(stage, "skipped", message=cause)
        return self.results

    def start_ready(self) -> bool:
        """Start what can start; returns whether a stage was started or found unchanged."""
        moved = False
        for stage in sorted(self.waiting, key=lambda stage: -self.priority[stage]):
            if not self.is_ready(stage):
                continue
            if not self.is_out_of_date(stage):
                self.results[stage] = StageResult(stage, "unchanged")
            elif not self.start(stage):
                continue
            self.waiting.remove(stage)
            moved = True
        return moved

    def is_ready(self, stage: str) -> bool:
        """Whether all that a stage needs is done, and no failure forbids to start it."""
        if self.failed() and not self.keep_going:
            return False
        needs = self.graph.upstream[stage]
        return not any(self.is_pending(need) for need in needs) and not any(
            need in self.results and self.results[need].state not in DONE for need in needs
        )

    def is_pending(self, stage: str) -> bool:
        """Whether a stage has not ended yet, or not even begun."""
        return stage in self.waiting or stage in self.running

    def is_out_of_date(self, stage: str) -> bool:
        """Whether a stage is worth a DVC process: it, or something that it needs, is new."""
        return stage in self.dirty or bool(self.graph.upstream[stage] & self.changed)

    def start(self, stage: str) -> bool:
        """Start a stage if a worker, and a GPU where it needs one, are free."""
        if len(self.running) >= self.workers:
            return False
        variables, gpu = {}, None
        if self.gpus is not None and self.graph.needs_gpu(stage):
            free = set(range(self.gpus)) - {used for used in self.running.values()}
            if not free:
                return False
            gpu = min(free)
            variables["CUDA_VISIBLE_DEVICES"] = str(gpu)
        needs = [self.futures[need] for need in self.graph.upstream[stage] & self.futures.keys()]
        self.running[stage] = gpu
        self.futures[stage] = self.submit(stage, needs, variables)
        self.futures[stage].add_done_callback(lambda _: self.ended.put(stage))
        return True

    def finish(self, stage: str) -> None:
        """Take in how a stage ended."""
        del self.running[stage]
        future: PrefectFuture[Any] = self.futures[stage]
        future.wait()
        if future.state.is_completed():
            self.results[stage] = future.result()
        else:
            self.results[stage] = StageResult(stage, "failed", message=future.state.message or "")
        outs = lockfile.read_outs(self.workspace.lock_file).get(stage)
        if outs is None or outs != self.recorded.get(stage):
            self.changed.add(stage)

    def failed(self) -> list[str]:
        """The stages that ended badly so far."""
        return [name for name, result in self.results.items() if result.state not in DONE]

    def find_cause(self, stage: str) -> str:
        """Why a stage could not start."""
        needs = sorted(self.graph.select([stage]).upstream.keys() & set(self.failed()))
        return f"needs {', '.join(needs)}" if needs else f"{self.failed()[0]} failed before"


def read_seconds(workspace: Workspace) -> dict[str, float]:
    """How long each stage last took, where it says so; only the order of starts depends on it."""
    seconds = {}
    for path in (workspace.folder / TIMINGS).glob("*.json"):
        try:
            seconds[path.stem] = float(json.loads(path.read_text(encoding="utf-8"))["seconds"])
        except (ValueError, KeyError, TypeError, OSError):
            continue
    return seconds


def guess_seconds(stage: str, seconds: dict[str, float]) -> float:
    """How long a stage may take that never ran: as the longest of its kind, so that it is no last.

    A new run of train_skipmodal takes about as long as the others do.
    """
    kind = stage.partition("@")[0]
    alike = (known for other, known in seconds.items() if other.partition("@")[0] == kind)
    return max(alike, default=UNKNOWN_SECONDS)


def rank_by_remaining(graph: Graph, seconds: dict[str, float]) -> dict[str, float]:
    """For each stage the seconds from its start to the end of the longest way down from it."""
    remaining: dict[str, float] = {}

    def measure(stage: str) -> float:
        if stage not in remaining:
            below: Iterable[float] = (measure(other) for other in graph.downstream[stage])
            own = seconds[stage] if stage in seconds else guess_seconds(stage, seconds)
            remaining[stage] = own + max(below, default=0.0)
        return remaining[stage]

    for stage in graph.upstream:
        measure(stage)
    return remaining
