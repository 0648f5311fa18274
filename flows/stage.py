"""One stage as one Prefect task: the one form in which DVC is safe to run side by side."""

import time
from dataclasses import dataclass
from typing import Any, Literal

from prefect import Task, get_run_logger, task
from prefect.states import Failed
from prefect.tasks import exponential_backoff

from flows import processes
from flows.progress import ProgressReport
from flows.workspace import Workspace
from pipeline.dvc import DVC

State = Literal["ran", "cached", "unchanged", "failed", "skipped"]
# What DVC prints of a stage, and what it means.
SIGNS: tuple[tuple[str, State], ...] = (
    ("Running stage '", "ran"),
    ("is cached - skipping run", "cached"),
    ("didn't change, skipping", "unchanged"),
)
FETCH_PREFIX = "fetch_"
FETCH_RETRIES = 3


@dataclass(frozen=True)
class StageResult:
    """How one stage ended; seconds: with DVC's own share."""

    stage: str
    state: State
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class StageOptions:
    """What holds for every stage of a run; timeout: seconds for one stage."""

    force: bool = False
    timeout: float | None = None


@task(persist_result=False)
def run_stage(
    stage: str,
    workspace: Workspace,
    options: StageOptions,
    variables: dict[str, str] | None = None,
) -> Any:
    """Let DVC run `stage` or restore it; its output goes to the task's log.

    Returns a StageResult, or Prefect's Failed state: a stage's failure is no error of the flow's
    code, and a traceback of it would tell nothing.
    """
    logger = get_run_logger()
    progress = ProgressReport(stage)
    state: State = "unchanged"

    def report(line: str) -> None:
        nonlocal state
        state = read_state(line, stage) or state
        if line and not progress.show(line):
            logger.info(line)

    force = ["--force"] if options.force else []
    command = [*DVC, "--wait-for-lock", "repro", "--single-item", *force, stage]
    started = time.perf_counter()
    try:
        code = processes.run(command, workspace.folder, report, options.timeout, variables)
    except TimeoutError as error:
        return Failed(message=f"{stage} {error}")
    if code:
        return Failed(message=f"{stage} failed with exit code {code}")
    progress.finish()
    return StageResult(stage, state, round(time.perf_counter() - started, 1))


def read_state(line: str, stage: str) -> State | None:
    """What a line of DVC's says about how `stage` is made; None for any other line."""
    if f"'{stage}'" not in line:
        return None
    return next((state for sign, state in SIGNS if sign in line), None)


def name_task(stage: str) -> Task[..., Any]:
    """The task of one stage: named like it, tried again only if it fetches from elsewhere."""
    named = run_stage.with_options(name=stage, task_run_name=stage)
    if not stage.startswith(FETCH_PREFIX):
        return named
    return named.with_options(
        retries=FETCH_RETRIES,
        retry_delay_seconds=exponential_backoff(backoff_factor=5),
        retry_jitter_factor=0.5,
    )
