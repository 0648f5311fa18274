"""Checkpoints of trainings by steps, keyed by all that the result depends on."""

import hashlib
import json
from pathlib import Path
from typing import Any

from crossmodal.data.shards import MANIFEST
from crossmodal.files import sha256
from crossmodal.train.checkpoint import Checkpoint
from pipeline.paths import CHECKPOINTS

SOURCES = Path(__file__).resolve().parents[1]


def open_checkpoint(name: str, settings: Any, *folders: Path) -> Checkpoint:
    """The checkpoint of a training: its settings, code, packages and shards are in the file's name.

    Args:
        settings: as JSON can hold them.
        folders: of shards, whose manifests have been read.
    """
    manifests = [folder / MANIFEST for folder in folders]
    code = sorted([*SOURCES.glob("src/**/*.py"), SOURCES / "requirements.lock"])
    hashes = [sha256(path) for path in [*code, *manifests]]
    key = hashlib.sha256(json.dumps([settings, hashes]).encode()).hexdigest()[:16]
    return Checkpoint(CHECKPOINTS / f"{name}-{key}.pt")
