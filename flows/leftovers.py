"""Temporary files that killed runs left: ours in the workspaces, DVC's there and in the cache."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from crossmodal.files import remove
from flows.workspace import Workspace

# `crossmodal.files.atomic_path` names its own so; DVC adds a random word to what it will be.
TEMPORARY = re.compile(r"\.tmp-.+|.*\.[\w-]{22}\.tmp")
WRITTEN = ("data", "metrics", ".checkpoints", ".timings", ".dvc/tmp")
# Other projects may share the cache, and their DVC be at work.
OLD_SECONDS = 24 * 3600.0


def sweep_workspace(workspace: Workspace) -> Iterator[str]:
    """Delete what no run can still be writing, as none is at work here; says what."""
    for name in WRITTEN:
        yield from sweep(workspace.folder / name, time.time())


def sweep_cache(cache: Path) -> Iterator[str]:
    """Delete what is older than a day; says what."""
    yield from sweep(cache, time.time() - OLD_SECONDS)


def sweep(folder: Path, before: float) -> Iterator[str]:
    """Delete the temporary files and folders below `folder` last changed before that time."""
    for path in sorted(folder.rglob("*")):
        # A folder goes with all that is in it.
        if TEMPORARY.fullmatch(path.name) and path.exists() and path.lstat().st_mtime <= before:
            remove(path)
            yield f"removed {path}, which a killed run left"
