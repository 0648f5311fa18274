"""Check that dvc.lock and the committed metrics are those of this code and these parameters.

Needs no data: outputs that are merely absent (they are DVC's, not Git's) do not count.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ABSENT = ("deleted", "not in cache")


def find_differences(status: Mapping[str, Any]) -> Iterator[str]:
    """One line for each difference in what `dvc status --json` says."""
    for stage, changes in status.items():
        for change in changes:
            if isinstance(change, str):  # the command or the stage itself
                yield f"{stage}: {change}"
                continue
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


def ask_dvc(*arguments: str) -> str:
    """What a command of the DVC beside this Python prints, on the path or not."""
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Print the differences; 1 where there are any."""
    try:
        status = json.loads(ask_dvc("status", "--json"))
        stages = ask_dvc("stage", "list", "--name-only").split()
    except subprocess.CalledProcessError as error:
        print(f"check_lock: dvc failed: {error.stderr.strip()}", file=sys.stderr)
        return 1
    lock = Path("dvc.lock")
    recorded = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"] if lock.exists() else {}
    differences = [*find_differences(status), *find_leftovers(recorded, stages)]
    if differences:
        print("\n".join(differences), file=sys.stderr)
        print(
            "check_lock: dvc.lock or metrics/ are not those of this code and params.yaml; "
            "run `make repro` and commit dvc.lock and metrics/",
            file=sys.stderr,
        )
    return min(len(differences), 1)


if __name__ == "__main__":
    sys.exit(main())
