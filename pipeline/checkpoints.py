"""Checkpoints of trainings, keyed by all that the result depends on."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from crossmodal.files import remove, sha256
from crossmodal.train.checkpoint import Checkpoint
from pipeline.closure import find_closure, find_file
from pipeline.paths import CHECKPOINTS

PROJECT = Path(__file__).resolve().parents[1]


def open_checkpoint(module: str, name: str, settings: Any, *inputs: Path) -> Checkpoint:
    """The checkpoint of a training: its settings, code, packages and inputs are in its file's name.

    What saves of this training left half-written, when they were killed, is removed.

    Args:
        module: of the stage, as `python -m` takes it.
        settings: as JSON can hold them.
        inputs: files that the training reads; of a folder of shards its manifest is enough.
    """
    known = [settings, hash_code(module), [sha256(path) for path in inputs]]
    key = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]
    for leftover in CHECKPOINTS.glob(f".tmp-{name}-{'[0-9a-f]' * 16}.pt"):
        remove(leftover)
    return Checkpoint(CHECKPOINTS / f"{name}-{key}.pt")


@cache
def hash_code(module: str) -> dict[str, str]:
    """The SHA-256 of every file that a stage imports, and of the list of pinned packages."""
    assert find_file(module, PROJECT), f"there is no module {module}"
    files = sorted([*find_closure(module, PROJECT), Path("requirements.lock")])
    return {path.as_posix(): sha256(PROJECT / path) for path in files}
