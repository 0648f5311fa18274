"""Delete cached data that nothing uses: `make gc`.

The workspaces of all scales and of retraining share the project's cache, so that a `dvc gc` of the
project alone deletes what they need. Kept here is what the dvc.lock of any of them, of any branch
(the models in use are one) or of any tag names.
"""

import argparse
import re
import sys
from contextlib import ExitStack
from pathlib import Path

from crossmodal.errors import UserError
from flows.heal import find_dvc
from flows.workspace import Workspace, list_workspaces
from pipeline.failures import reported, tell_size

LOCK_TIMEOUT = 5.0


def collect(workspaces: list[Workspace], dry: bool) -> list[Path]:
    """Delete, or with `dry` only find, the objects that nothing uses; returns them if `dry`.

    Args:
        workspaces: all that share the cache, the project first.
        dry: delete nothing.

    Raises:
        UserError: a run is at work, or DVC refuses.
    """
    project, *others = workspaces
    with ExitStack() as locks:
        for workspace in workspaces:
            locks.enter_context(workspace.exclusive("flow", LOCK_TIMEOUT))
            if find_dvc(workspace.folder):
                raise UserError(f"DVC is at work in {workspace.folder}; wait for it to end")
        # By branches and tags and not by the branch in use alone: without Git, as scales are, DVC
        # knows of no revision and refuses one.
        keep = ["--workspace", "--all-branches", "--all-tags"]
        if others:
            keep += ["--projects", *(str(other.folder) for other in others)]
        said = project.dvc("gc", *keep, "--dry" if dry else "--force")
    return [Path(path) for path in re.findall(r"^Removing (.+)$", said, re.MULTILINE)]


def main() -> None:
    """Say what can go, ask, delete."""
    parser = argparse.ArgumentParser(prog="python -m flows.gc", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    options = parser.parse_args()
    workspaces = list_workspaces()
    unused = collect(workspaces, dry=True)
    kept = ", ".join(str(workspace.folder) for workspace in workspaces)
    print(f"Kept: what dvc.lock names in {kept}, and in every branch and tag.")
    if not unused:
        print("Nothing else is in the cache.")
        return
    size = tell_size(sum(path.stat().st_size for path in unused))
    print(f"Not used: {len(unused)} objects, {size}.")
    if not options.yes:
        if not sys.stdin.isatty():
            print("Nothing is deleted; `make gc OPTIONS=--yes` deletes it.")
            return
        if input("Delete them? [y/N] ").strip().lower() not in ("y", "yes"):
            return
    collect(workspaces, dry=False)
    print("Deleted.")


if __name__ == "__main__":
    with reported("gc"):
        main()
