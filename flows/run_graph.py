"""Run what is out of date in the graph, independent stages side by side, as a Prefect flow.

Each stage is a task; DVC decides for it whether to run, to restore from the cache, or to do
nothing. At the end a serial `dvc repro` must find nothing left to do: it is always the judge, and
alone it gives the same results.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import yaml
from prefect import Flow, flow, get_run_logger
from prefect.client.schemas.objects import State as RunState
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Failed
from pydantic import PositiveFloat, PositiveInt

from crossmodal.errors import UserError, check_extra
from flows import artifacts, lockfile, processes
from flows.code import FINGERPRINT, refresh
from flows.graph import Graph, read_graph, read_repro_order
from flows.heal import heal
from flows.output import open_streams, say
from flows.run_server import find_server
from flows.schedule import Schedule
from flows.stage import StageOptions, StageResult, State, name_task, read_state
from flows.tables import format_table
from flows.why import Reason, as_rows, find_reasons, is_input
from flows.workspace import SCALE_NAMES, Scale, Workspace, find_project, find_workspace
from pipeline.dvc import DVC
from pipeline.failures import explain, reported

LOCK_TIMEOUT = 5.0


@flow(name="run-graph", persist_result=False)
def run_graph(
    targets: list[str] | None = None,
    scale: Scale | None = None,
    workers: PositiveInt | None = None,
    force: bool = False,
    keep_going: bool = False,
    timeout: PositiveFloat | None = None,
) -> Any:
    """Bring the targets (default: every stage) up to date.

    Args:
        targets: stages such as `train_autoencoder@double-conv_vae`, or whole groups such as
            `train_autoencoder`, with all that they need.
        scale: run in this scale's own workspace; default: params.yaml as it is.
        workers: stages at once; default: one for each CPU core.
        force: run every stage, cached or not.
        keep_going: after a failure go on with all that does not need what failed.
        timeout: seconds that one stage may take; default: no limit.
    """
    try:
        workspace = find_workspace(scale)
        with workspace.exclusive("flow", LOCK_TIMEOUT):
            return run_workspace(
                workspace, targets or [], workers, StageOptions(force, timeout), keep_going
            )
    except (UserError, OSError, MemoryError) as error:
        return Failed(message=explain(error))


def run_workspace(
    workspace: Workspace,
    targets: list[str],
    workers: int | None,
    options: StageOptions,
    keep_going: bool = False,
) -> Any:
    """The flow's work in one workspace, from healing to the judge; returns the final state."""
    log = get_run_logger()
    for line in heal(workspace):
        log.warning(line)
    graph, reasons, targets = plan(workspace, targets)
    if reasons:
        log.info("Out of date:\n%s", format_table(as_rows(reasons)))
    gone = [f"{r.stage}: {r.what}" for r in reasons if is_input(r) and r.after == "deleted"]
    if gone:
        return Failed(message=f"{'; '.join(gone)} is missing")
    if FINGERPRINT in graph.upstream:
        refresh(workspace)
    dirty = set(graph.upstream) if options.force else {reason.stage for reason in reasons}
    schedule = Schedule(
        workspace,
        graph,
        dirty,
        lambda stage, needs, variables: name_task(stage).submit(
            stage, workspace, options, variables, wait_for=needs
        ),
        workers or os.cpu_count() or 1,
        count_gpus(workspace),
        keep_going,
    )
    try:
        results = schedule.run()
    finally:
        # Reached by errors and cancellation too, then with stages that still run.
        processes.end_all()
    failed = describe_failures(results) or judge(workspace, targets, log.info)
    artifacts.publish(workspace, results, reasons, succeeded=not failed)
    if failed:
        return Failed(message=failed)
    return Completed(message=summarize(graph, results) + name_inputs(reasons))


def plan(workspace: Workspace, targets: list[str]) -> tuple[Graph, list[Reason], list[str]]:
    """The part of the graph that the targets need, what is out of date in it, and its targets."""
    whole = read_graph(workspace)
    graph = whole.select(targets)
    if not targets and len(graph.upstream) < len(whole.upstream):
        targets = graph.leaves()
    reasons = [reason for reason in find_reasons(workspace) if reason.stage in graph.upstream]
    return graph, reasons, targets


def judge(workspace: Workspace, targets: list[str], report: Callable[[str], None]) -> str:
    """Run a serial `dvc repro`, and put dvc.lock into its order.

    Returns "" if it had nothing to do, else what it did.
    """
    states: dict[str, State] = {}

    def take(line: str) -> None:
        name = line.split("'")[1] if line.count("'") >= 2 else ""
        if state := read_state(line, name):
            states[name] = state
        if line:
            report(line)

    command = [*DVC, "--wait-for-lock", "repro", *targets]
    code = processes.run(command, workspace.folder, take)
    if code:
        return f"the final dvc repro failed with exit code {code}"
    order = read_repro_order(workspace) if targets else list(states)
    lockfile.sort(workspace.lock_file, order)
    # A changed file that no stage uses is written down, and that is all.
    done = [name for name, state in states.items() if state != "unchanged" and name != FINGERPRINT]
    return f"the final dvc repro still had to make {', '.join(done)}" if done else ""


def describe_failures(results: dict[str, StageResult]) -> str:
    """What failed and what was not run because of it; "" if nothing did."""
    failed = [result.message for result in results.values() if result.state == "failed"]
    skipped = [result.stage for result in results.values() if result.state == "skipped"]
    if not failed:
        return ""
    tail = f"; not run because of it: {', '.join(skipped)}" if skipped else ""
    return "; ".join(failed) + tail


def summarize(graph: Graph, results: dict[str, StageResult]) -> str:
    """How many stages ran, were restored, or had nothing to do."""
    states = [result.state for result in results.values()]
    ran, cached = states.count("ran"), states.count("cached")
    rest = len(graph.upstream) - ran - cached
    return f"{ran} stages ran, {cached} were restored from the cache, {rest} were up to date"


def name_inputs(reasons: list[Reason]) -> str:
    """The files and folders of your own that were not what they were at the last run."""
    named = dict.fromkeys(reason.what for reason in reasons if is_input(reason))
    return f"; changed: {', '.join(named)}" if named else ""


def count_gpus(workspace: Workspace) -> int | None:
    """How many GPUs stages share; None where none is used and the mark has no meaning."""
    params = workspace.folder / "params.yaml"
    values = yaml.safe_load(params.read_text(encoding="utf-8")) if params.is_file() else {}
    device = str((values or {}).get("compute", {}).get("device", "cuda"))
    if not device.startswith("cuda") or not shutil.which("nvidia-smi"):
        return None
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout
    return listed.count("GPU ") or None


def main() -> int:
    """Run the flow from the command line, on the server that is set, else on a temporary one."""
    options = parse_arguments()
    open_streams()
    # The temporary server inherits it: if this process is killed, `heal` finds the server.
    os.environ[processes.OWNER] = processes.owner_mark()
    workspace = find_workspace(options.scale)
    if options.dry_run or not (PREFECT_API_URL.value() or options.force):
        done = run_without_flow(workspace, options.targets, options.dry_run)
        if done is not None:
            return done
    with temporary_settings(find_server()):
        return run_with_server(options)


def run_with_server(options: argparse.Namespace) -> int:
    """Run the flow with the command line's options; returns the exit code."""
    given = vars(options).items()
    values = {name: value for name, value in given if name not in ("dry_run", "dask")}
    chosen = use_dask(options.dask, options.workers) if options.dask else run_graph
    state: RunState = chosen(**values, return_state=True)  # type: ignore[assignment]
    if not state.is_completed():
        print(state.message, file=sys.stderr)
        return 1
    say(state.message or "")
    return 0


def use_dask(address: str, workers: int | None) -> Flow[..., Any]:
    """The same flow with its stages on a Dask cluster; `local`: a new one of worker processes.

    Raises:
        MissingExtra: prefect-dask is not installed.
    """
    check_extra("dask", "prefect_dask", "--dask")
    from prefect_dask.task_runners import DaskTaskRunner

    local = {"n_workers": workers or os.cpu_count(), "threads_per_worker": 1, "processes": True}
    # Its type is narrower than Prefect's own about futures.
    runner: Any = (
        DaskTaskRunner(cluster_kwargs={**local, "dashboard_address": None})
        if address == "local"
        else DaskTaskRunner(address=address)
    )
    return run_graph.with_options(task_runner=runner)


def run_without_flow(workspace: Workspace, targets: list[str], dry_run: bool) -> int | None:
    """A dry run, or a run that has nothing to do: no server is started for it.

    Returns the exit code; None where there is work for the flow.
    """
    if not dry_run:
        with workspace.exclusive("flow", LOCK_TIMEOUT):
            # A killed run's temporary server was started in the project's own folder.
            for place in dict.fromkeys([workspace, find_project()]):
                for line in heal(place):
                    say(line)
    graph, reasons, targets = plan(workspace, targets)
    if reasons and not dry_run:
        return None
    if not reasons:
        say(f"Nothing is out of date in {len(graph.upstream)} stages.")
        return 0 if dry_run else judge_quietly(workspace, targets)
    dirty = {reason.stage for reason in reasons}
    say(format_table(as_rows(reasons)))
    later = [stage for stage in graph.affected_by(dirty) if stage not in dirty]
    say(f"\nWould run or restore: {', '.join(s for s in graph.upstream if s in dirty)}")
    say(f"Then, if they make something new: {', '.join(later) or 'nothing'}")
    return 0


def judge_quietly(workspace: Workspace, targets: list[str]) -> int:
    """The judge without a flow around it; returns the exit code."""
    wrong = judge(workspace, targets, lambda line: None)
    say(wrong or "A serial dvc repro finds nothing to do.")
    return 1 if wrong else 0


def positive(text: str) -> int:
    """A whole number from 1 on.

    Raises:
        ValueError: any other text; argparse says so.
    """
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def parse_arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m flows.run_graph",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="A server that runs already is used where PREFECT_API_URL names it.",
    )
    parser.add_argument("targets", nargs="*", help="stages or groups of a matrix; default: all")
    parser.add_argument("--scale", choices=SCALE_NAMES, help="run in this scale's own workspace")
    parser.add_argument("--workers", type=positive, help="stages at once; default: the CPU cores")
    parser.add_argument("--force", action="store_true", help="run every stage, cached or not")
    parser.add_argument(
        "--keep-going", action="store_true", help="after a failure go on with what can go on"
    )
    parser.add_argument("--timeout", type=float, help="seconds that one stage may take")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="run stages on this Dask cluster, or on a `local` one"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what is out of date")
    return parser.parse_args()


if __name__ == "__main__":
    with reported("run_graph"):
        sys.exit(main())
