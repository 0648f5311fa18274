"""What is out of date, and why: stage, what changed, from what to what.

Stages that merely lie downstream of a changed one are not listed: whether they run is known only
once the changed one has made something new.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import yaml

from crossmodal.config.own_input import is_own
from flows import lockfile
from flows.code import FINGERPRINT, find_changes, is_list
from flows.graph import read_graph
from flows.tables import format_table
from flows.workspace import SCALE_NAMES, Workspace, find_workspace
from pipeline.failures import reported

COLUMNS = ("stage", "what", "from", "to")
MISSING = "-"
NEVER = "never made"
OUT = "out "
GONE = ("deleted", "not in cache")  # what DVC says of it
INPUT = "input "  # what comes from outside of the graph


@dataclass(frozen=True)
class Reason:
    """One thing that makes one stage out of date."""

    stage: str
    what: str
    before: str = MISSING
    after: str = MISSING


def find_reasons(workspace: Workspace) -> list[Reason]:
    """Every reason why `dvc repro` would not skip a stage, by one `dvc status`.

    Changed code is named file by file for the stages that use it; that `fingerprint` has to write
    it down is no reason of its own.

    Raises:
        DvcError: the workspace is not in order.
    """
    status = json.loads(workspace.dvc("status", "--json") or "{}")
    entries = lockfile.read(workspace.lock_file)
    reasons = [
        reason
        for stage, changes in status.items()
        for change in changes
        for reason in explain(workspace, stage, change, entries.get(stage, {}))
    ]
    code = [
        Reason(change.stage, f"code {change.path}", change.before[:8], change.after[:8])
        for change in find_changes(workspace, entries)
    ]
    return list(dict.fromkeys([*code, *reasons]))


def explain(workspace: Workspace, stage: str, change: Any, entry: dict[str, Any]) -> list[Reason]:
    """The reasons in one item of what `dvc status --json` says of a stage."""
    if stage.endswith(".dvc"):
        return []  # what it tracks is a dep of the stages that read it
    if not entry:
        return [Reason(stage, NEVER)]
    if isinstance(change, str):
        return [Reason(stage, change.removeprefix("changed "))]
    reasons = []
    for path, state in change.get("changed deps", {}).items():
        if is_list(path) or (stage == FINGERPRINT and state == "modified"):
            continue  # `find_changes` says more
        if isinstance(state, dict):
            reasons += explain_params(workspace, stage, path, state, entry)
        elif path in entry.get("params", {}) or path.endswith((".yaml", ".yml")):
            reasons.append(Reason(stage, f"parameters of {path}", MISSING, state))
        else:
            recorded = find_hash(path, entry.get("deps", []))
            reasons.append(Reason(stage, name_dep(path), recorded, state))
    for path, state in change.get("changed outs", {}).items():
        recorded = find_hash(path, entry.get("outs", []))
        reasons.append(Reason(stage, f"{OUT}{path}", recorded, state))
    return reasons


def name_dep(path: str) -> str:
    """A dep as a person knows it: made by a stage, or an input of their own."""
    return f"{INPUT}{path}" if is_own(path) else f"dep {path}"


def is_input(reason: Reason) -> bool:
    """Whether a person's own file or folder is the reason."""
    return reason.what.startswith(INPUT)


def explain_params(
    workspace: Workspace, stage: str, path: str, names: Mapping[str, str], entry: dict[str, Any]
) -> list[Reason]:
    """One reason for each single value that differs from the recorded one."""
    recorded = entry.get("params", {}).get(path, {})
    current = yaml.safe_load((workspace.folder / path).read_text(encoding="utf-8"))
    reasons = []
    for name in names:
        before, after = flatten(name, recorded.get(name)), flatten(name, look_up(current, name))
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key, MISSING), after.get(key, MISSING)
            if old != new:
                reasons.append(Reason(stage, f"param {key}", str(old), str(new)))
    return reasons


def look_up(values: Any, name: str) -> Any:
    """The value of a dotted name; None where there is none."""
    for part in name.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


def flatten(name: str, value: Any) -> dict[str, Any]:
    """Every single value under `name` by its dotted name."""
    if isinstance(value, dict):
        nested = [flatten(f"{name}.{key}", part) for key, part in value.items()]
        return {key: part for flat in nested for key, part in flat.items()}
    return {} if value is None else {name: value}


def find_hash(path: str, files: list[dict[str, Any]]) -> str:
    """The start of a recorded file's MD5."""
    return next((str(file.get("md5"))[:8] for file in files if file["path"] == path), MISSING)


def tell(reasons: list[Reason]) -> str:
    """The reasons for a person: a table of what has changed, and a line of what is not there.

    Stages of a matrix count as one. Whoever runs one paper alone has nothing of the other, which
    is no change: neither a stage whose outs are missing, nor that others would read them.
    """
    absent = [r for r in reasons if r.what == NEVER or (is_gone(r) and r.what.startswith(OUT))]
    outs = [Path(reason.what.removeprefix(OUT)) for reason in absent]
    changed = [
        reason
        for reason in reasons
        if reason not in absent
        and not (is_gone(reason) and any(overlap(name_path(reason), out) for out in outs))
    ]
    stages = dict.fromkeys(reason.stage for reason in absent)
    groups = Counter(stage.partition("@")[0] for stage in stages)
    names = [name if count == 1 else f"{name} ({count})" for name, count in groups.items()]
    parts = [format_table(as_rows(changed))] if changed else []
    parts += [f"Not made here, or deleted: {', '.join(names)}"] if names else []
    return "\n\n".join(parts) or "Nothing is out of date."


def is_gone(reason: Reason) -> bool:
    """Whether a file or folder is missing."""
    return reason.after in GONE


def name_path(reason: Reason) -> Path:
    """The dep or out of a reason."""
    return Path(reason.what.partition(" ")[2])


def overlap(one: Path, other: Path) -> bool:
    """Whether one path is the other or lies in it."""
    return one.is_relative_to(other) or other.is_relative_to(one)


def as_rows(reasons: list[Reason]) -> list[dict[str, str]]:
    """The table of the reasons, row by row."""
    return [dict(zip(COLUMNS, astuple(reason), strict=True)) for reason in reasons]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m flows.why", description=__doc__)
    parser.add_argument("targets", nargs="*", help="stages or groups of a matrix; default: all")
    parser.add_argument("--scale", choices=SCALE_NAMES, help="look at this scale's workspace")
    options = parser.parse_args()
    workspace = find_workspace(options.scale)
    stages = read_graph(workspace).select(options.targets).upstream
    reasons = [reason for reason in find_reasons(workspace) if reason.stage in stages]
    print(tell(reasons))


if __name__ == "__main__":
    with reported("why"):
        main()
