"""What scenes show, as JSON beside pictures or recordings: for evaluation, not for training."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.errors import DataError
from crossmodal.files import read_json, write_json

SCENES_FILE = "scenes.json"


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


def to_scene(value: dict[str, Any]) -> Scene:
    """A scene from its JSON."""
    return Scene(tuple(Item(**item) for item in value["items"]), value["axis"])
