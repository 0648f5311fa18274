"""What scenes show, as JSON beside pictures or recordings: for evaluation, not for training."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.errors import DataError
from crossmodal.files import read_json, write_json

SCENES_FILE = "scenes.json"
READER = "reader"  # beside scenes: the classifier that reads the digits of drawn pictures


def scenes_path(folder: Path, split: str) -> Path:
    """The file that says what the images of a split show."""
    return folder / "annotations" / f"scenes_{split}.json"


def write_scenes(path: Path, scenes: Mapping[str, Scene | None]) -> None:
    """Write each id's items and axis; null for what is not about a scene."""
    write_json(path, {name: scene and asdict(scene) for name, scene in scenes.items()})


def read_scenes(path: Path) -> dict[str, Scene | None]:
    """The scene of each id.

    Raises:
        DataError: the file is missing or was not written by `write_scenes`.
    """
    try:
        return {name: value and to_scene(value) for name, value in read_json(path).items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise DataError(f"{path} does not describe scenes: {error}") from None


def kept_scenes(pairs: Path, split: str) -> Path:
    """The file beside shards of pairs that says what a split's items are about."""
    return pairs / "scenes" / f"{split}.json"


def keep_scenes(path: Path, pairs: Path, split: str) -> None:
    """Put what is known of a split's items beside its shards; nothing is known of your own data."""
    if path.is_file():
        kept = kept_scenes(pairs, split)
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, kept)


def keep_reader(folder: Path, pairs: Path) -> None:
    """Put what reads the digits of scenes beside shards of these; your own data have none."""
    if (folder / READER).is_dir():
        shutil.copytree(folder / READER, kept_reader(pairs))


def kept_reader(pairs: Path) -> Path:
    """The folder beside shards that `keep_reader` copies to."""
    return pairs / "scenes" / READER


def to_scene(value: dict[str, Any]) -> Scene:
    """A scene from its JSON."""
    return Scene(tuple(Item(**item) for item in value["items"]), value["axis"])
