"""Check that dvc.lock and the committed metrics are those of this code and these parameters.

Needs no data: outputs that are merely absent (they are DVC's, not Git's) do not count.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flows import lockfile
from flows.code import FINGERPRINT, find_changes
from flows.graph import read_graph
from flows.workspace import find_project
from pipeline.failures import reported

ABSENT = ("deleted", "not in cache")


def find_differences(status: Mapping[str, Any]) -> Iterator[str]:
    """One line for each difference in what `dvc status --json` says."""
    for stage, changes in status.items():
        for change in changes:
            if isinstance(change, str):  # the command or the stage itself
                yield f"{stage}: {change}"
                continue
            if stage == FINGERPRINT:
                continue  # changed code counts for the stages that use it
            for kind, items in change.items():
                yield from (f"{stage}: {kind}: {text}" for text in describe(items))


def describe(items: Mapping[str, Any]) -> Iterator[str]:
    """'path: state' for each path that is not just absent, 'file: key: state' for parameters."""
    for path, state in items.items():
        if isinstance(state, dict):
            yield from (f"{path}: {key}: {value}" for key, value in state.items())
        elif not (state in ABSENT and path.startswith("data/")):
            yield f"{path}: {state}"


def find_leftovers(recorded: Iterable[str], stages: Iterable[str]) -> Iterator[str]:
    """One line for each entry of dvc.lock whose stage is gone; DVC carries it along for ever."""
    for name in sorted(set(recorded) - set(stages)):
        yield f"{name}: dvc.yaml has no such stage; delete its entry from dvc.lock"


def main() -> int:
    """Print the differences; 1 where there are any."""
    project = find_project()
    status = json.loads(project.dvc("status", "--json"))
    recorded, stages = lockfile.read(project.lock_file), read_graph(project).upstream
    leftovers = find_leftovers(recorded, stages)
    code = [f"{c.stage}: changed code: {c.path}" for c in find_changes(project, recorded)]
    differences = [*find_differences(status), *code, *leftovers]
    if differences:
        print("\n".join(differences), file=sys.stderr)
        print(
            "check_lock: dvc.lock or metrics/ are not those of this code and params.yaml; "
            "run `make repro` and commit dvc.lock and metrics/",
            file=sys.stderr,
        )
    return min(len(differences), 1)


if __name__ == "__main__":
    with reported("check_lock"):
        sys.exit(main())
