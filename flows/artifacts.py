"""What a run leaves in Prefect's UI: its stages, tables, figures, and how the metrics moved."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from crossmodal.files import write_json
from flows import lockfile
from flows.progress import make_key
from flows.stage import StageResult
from flows.tables import format_markdown
from flows.why import Reason
from flows.workspace import Workspace

LAST_METRICS = Path("flow/metrics.json")
MISSING = "-"


def publish(
    workspace: Workspace,
    results: dict[str, StageResult],
    reasons: list[Reason],
    succeeded: bool,
) -> None:
    """Publish what a run did and made; metrics against the last run that succeeded."""
    create_table_artifact(
        [describe(result, reasons) for result in results.values()],
        key="stages",
        description=f"{workspace.folder.name}: every stage that was out of date, or is after one",
    )
    made = {stage for stage, result in results.items() if result.state in ("ran", "cached")}
    for path in list_outs(workspace, made):
        publish_file(workspace.folder / path, path)
    if made:
        publish_metrics(workspace, succeeded)


def describe(result: StageResult, reasons: list[Reason]) -> dict[str, Any]:
    """One row of the table of stages."""
    why = [
        f"{reason.what}: {reason.before} -> {reason.after}"
        for reason in reasons
        if reason.stage == result.stage
    ]
    return {
        "stage": result.stage,
        "state": result.state,
        "seconds": result.seconds,
        "why": "; ".join(why) or "downstream of a stage that was out of date",
        "message": result.message,
    }


def list_outs(workspace: Workspace, stages: Iterable[str]) -> list[str]:
    """The single files that the stages made, as dvc.lock names them.

    A table has its readable form beside it, which need not be an output of its own.
    """
    outs = lockfile.read_outs(workspace.lock_file)
    paths = [out["path"] for stage in stages for out in outs.get(stage, [])]
    readable = [path.removesuffix(".csv") + ".md" for path in paths if path.endswith(".csv")]
    return list(dict.fromkeys([*paths, *readable]))


def publish_file(file: Path, name: str) -> None:
    """Publish a table or a figure; other files are not for people's eyes."""
    if not file.is_file():
        return
    key = make_key(str(Path(name).with_suffix("")))
    if file.suffix == ".md":
        create_markdown_artifact(file.read_text(encoding="utf-8"), key=key, description=name)
    elif file.suffix == ".png":
        # The UI may run elsewhere than the files are: the picture travels inside its address.
        content = base64.b64encode(file.read_bytes()).decode()
        create_image_artifact(f"data:image/png;base64,{content}", key=key, description=name)


def publish_metrics(workspace: Workspace, succeeded: bool) -> None:
    """Publish how the metrics differ from the last success's, whose place these then take."""
    current = read_metrics(workspace)
    last = workspace.dvc_files / LAST_METRICS
    before = json.loads(last.read_text(encoding="utf-8")) if last.is_file() else {}
    rows = list(compare(before, current))
    text = format_markdown(rows) if rows else "No metric differs from the last successful run."
    create_markdown_artifact(text, key="metrics-diff", description="Since the last successful run")
    if succeeded:
        write_json(last, current)


def read_metrics(workspace: Workspace) -> dict[str, float]:
    """All metrics of a workspace by `file: name`."""
    shown = json.loads(workspace.dvc("metrics", "show", "--json") or "{}")
    files = shown.get("", {}).get("data", {})
    return {
        f"{file}: {name}": value
        for file, content in files.items()
        for name, value in flatten(content.get("data", {}))
    }


def flatten(values: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number under nested mappings by its dotted name."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from flatten(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(values, int | float):
        yield prefix, values


def compare(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """A row for each metric that differs."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        change = MISSING if old is None or new is None else f"{new - old:+.4g}"
        yield {
            "metric": name,
            "before": MISSING if old is None else old,
            "after": MISSING if new is None else new,
            "change": change,
        }
