"""The order of stages, with futures that end when the test says so."""

import json
from types import SimpleNamespace

import pytest

from flows.graph import Graph
from flows.schedule import (
    UNKNOWN_SECONDS,
    Schedule,
    guess_seconds,
    rank_by_remaining,
    read_seconds,
)
from flows.stage import FETCH_RETRIES, StageResult, name_task, read_state
from flows.workspace import Workspace

FAN = Graph(
    {
        "start": frozenset(),
        "train@a": frozenset({"start"}),
        "train@b": frozenset({"start"}),
        "train@c": frozenset({"start"}),
        "text": frozenset({"start"}),
        "end": frozenset({"train@a", "train@b", "train@c", "text"}),
    },
    {"train": {"resources": "gpu"}},
)


class FakeState:
    def __init__(self, message: str) -> None:
        self.message = message

    def is_completed(self) -> bool:
        return not self.message


class FakeFuture:
    """Ends at once; remembers what it was submitted with."""

    def __init__(self, stage: str, message: str = "") -> None:
        self.stage, self.state = stage, FakeState(message)

    def add_done_callback(self, callback) -> None:
        self.end = lambda: callback(self)

    def wait(self) -> None:
        pass

    def result(self) -> StageResult:
        return StageResult(self.stage, "ran", 1.0)


class Run:
    """Submits fake futures and, whenever nothing more can start, ends the oldest one."""

    def __init__(self, folder, dirty=None, failing=(), **options) -> None:
        self.started: list[str] = []
        self.devices: dict[str, str] = {}
        self.together: list[set[str]] = []
        self.open: list[FakeFuture] = []
        self.failing = failing
        self.schedule = Schedule(
            Workspace(folder),
            FAN,
            set(FAN.upstream) if dirty is None else dirty,
            self.submit,
            **options,
        )
        end_one = self.schedule.ended.get
        self.schedule.ended = SimpleNamespace(
            get=self.end_one(end_one), put=self.schedule.ended.put
        )
        self.results = self.schedule.run()

    def submit(self, stage, needs, variables) -> FakeFuture:
        future = FakeFuture(stage, "told to fail" if stage in self.failing else "")
        self.started.append(stage)
        self.devices[stage] = variables.get("CUDA_VISIBLE_DEVICES", "")
        self.open.append(future)
        return future

    def end_one(self, get):
        def wait() -> str:
            self.together.append({future.stage for future in self.open})
            self.open.pop(0).end()
            return get()

        return wait


def test_schedule_obeys_workers_and_dependencies(tmp_path):
    run = Run(tmp_path, workers=2)
    assert run.started[0] == "start" and run.started[-1] == "end"
    assert sorted(run.started) == sorted(FAN.upstream)
    assert max(map(len, run.together)) == 2


@pytest.mark.parametrize("gpus", [1, 2])
def test_marked_stages_share_no_gpu(tmp_path, gpus):
    run = Run(tmp_path, workers=6, gpus=gpus)
    marked = [{stage for stage in group if FAN.needs_gpu(stage)} for group in run.together]
    assert max(map(len, marked)) == gpus
    for group in marked:
        assert len({run.devices[stage] for stage in group}) == len(group)
    assert {run.devices[stage] for stage in ("train@a", "train@b", "train@c")} <= {"0", "1"}
    assert run.devices["text"] == ""


def test_without_gpus_the_mark_means_nothing(tmp_path):
    run = Run(tmp_path, workers=6, gpus=None)
    assert max(map(len, run.together)) == 4


def test_longest_way_to_the_end_starts_first(tmp_path):
    (tmp_path / ".timings").mkdir()
    for stage, seconds in {"train@a": 1, "train@b": 50, "text": 9}.items():
        (tmp_path / ".timings" / f"{stage}.json").write_text(json.dumps({"seconds": seconds}))
    (tmp_path / ".timings" / "end.json").write_text("not JSON")
    run = Run(tmp_path, workers=1)
    assert run.started == ["start", "train@b", "train@c", "text", "train@a", "end"]
    remaining = rank_by_remaining(FAN, read_seconds(Workspace(tmp_path)))
    assert remaining["train@b"] == 53 and remaining["start"] == 56


def test_failure_without_and_with_keep_going(tmp_path):
    run = Run(tmp_path, workers=1, failing=("train@a",))
    assert run.results["train@a"].state == "failed"
    assert run.results["end"].state == "skipped"
    assert run.results["end"].message == "needs train@a"
    going = Run(tmp_path, workers=1, failing=("train@a",), keep_going=True)
    assert set(going.started) == set(FAN.upstream) - {"end"}


def test_downstream_of_unchanged_outputs_does_not_start(tmp_path):
    entry = (
        "schema: '2.0'\nstages:\n  start:\n    cmd: x\n    outs:\n    - path: o\n      md5: abc\n"
    )
    (tmp_path / "dvc.lock").write_text(entry)
    run = Run(tmp_path, workers=2, dirty={"start"})
    assert run.started == ["start"]
    assert run.results["end"].state == "unchanged"


def test_only_fetching_stages_are_tried_again():
    assert name_task("fetch_mnist").retries == FETCH_RETRIES
    assert name_task("train@a").retries == 0
    assert name_task("train@a").name == "train@a"


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("Running stage 'train@a':", "ran"),
        ("Stage 'train@a' is cached - skipping run, checking out outputs", "cached"),
        ("Stage 'train@a' didn't change, skipping", "unchanged"),
        ("Running stage 'train@b':", None),
        ("train@a is cached - skipping run", None),
    ],
)
def test_states_are_read_from_what_dvc_says(line, state):
    assert read_state(line, "train@a") == state


def test_a_stage_that_never_ran_takes_as_long_as_the_longest_of_its_kind():
    seconds = {"train@a": 3.0, "train@b": 70.0, "trained@c": 900.0}
    assert guess_seconds("train@new", seconds) == 70
    assert guess_seconds("other", seconds) == UNKNOWN_SECONDS
