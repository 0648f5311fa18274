"""Check that dvc.lock and the committed metrics are those of this code and these parameters.

Needs no data: outputs that are merely absent (they are DVC's, not Git's) do not count.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

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


def main() -> int:
    """Print the differences; 1 where there are any."""
    # The DVC beside this Python, whether or not the environment is on the path.
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        print(f"check_lock: dvc status failed: {result.stderr.strip()}", file=sys.stderr)
        return 1
    differences = list(find_differences(json.loads(result.stdout)))
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
