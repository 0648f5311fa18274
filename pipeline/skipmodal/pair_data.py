"""Both data sets of paper B as its stages read them, and what their items are about."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.captions import captions, spoken
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.scene_json import kept_scenes, read_scenes
from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.embed.skipmodal.maps import open_maps
from crossmodal.errors import DataError
from crossmodal.files import read_json, sha256
from pipeline.skipmodal.paths import (
    IMAGE_MAPS,
    IMAGE_TEXT,
    PAIR_CACHE,
    RUNS,
    TEXT_SPEECH,
)

MANIFESTS = (IMAGE_TEXT / MANIFEST, TEXT_SPEECH / MANIFEST)
Settings = TypeVar("Settings", bound=Section)


def load_run(run: str, section: type[Settings]) -> Settings:
    """The settings of a run, as `plan_skipmodal` wrote them.

    Raises:
        DataError: the run is not planned.
    """
    return section.parse(read_json(RUNS / f"{run}.json"), run)


def open_images(split: Split) -> ImageTextStore:
    """A split of data set A, decoded once into memory maps that all stages share."""
    return ImageTextStore.open(IMAGE_TEXT, split, PAIR_CACHE / "image-text")


def open_recordings(split: Split) -> TextSpeechStore:
    """A split of data set B, likewise."""
    return TextSpeechStore.open(TEXT_SPEECH, split, PAIR_CACHE / "text-speech")


def open_embedded_images(split: Split, config: PretrainedMaps) -> ImageTextStore:
    """A split of data set A with the maps that a pretrained network made of its images.

    Raises:
        DataError: the maps are missing, damaged, or of other images.
    """
    store = open_images(split)
    store.maps = open_maps(IMAGE_MAPS, split, maps_origin(config), len(store))
    return store


def maps_origin(config: PretrainedMaps) -> dict[str, Any]:
    """Which images the maps of data set A are of, and how they are made."""
    return {"pairs": sha256(IMAGE_TEXT / MANIFEST), **config.model_dump(mode="json")}


def evaluation_splits() -> list[Split]:
    """The splits that both data sets have; `binding` is one of the digit scenes only."""
    return [split for split in ("validation", "test", "binding") if has_split(split)]


def has_split(split: Split, folders: Sequence[Path] = (IMAGE_TEXT, TEXT_SPEECH)) -> bool:
    """Whether both data sets, or those of `folders`, have a split."""
    for folder in folders:
        try:
            PairReader(folder, split)
        except DataError as error:
            if "has no split" not in str(error):
                raise
            return False
    return True


def scenes_of_images(store: ImageTextStore, split: Split) -> list[Scene] | None:
    """What each image shows; None for images of your own."""
    texts = dict(zip(store.ids, store.texts, strict=True))
    return find_scenes(
        kept_scenes(IMAGE_TEXT, split),
        store.ids,
        lambda name, scene: texts[name] == captions(scene),
    )


def scenes_of_recordings(store: TextSpeechStore, split: Split) -> list[Scene] | None:
    """What each recording is about; None for recordings of your own."""
    texts = dict(zip(store.ids, store.texts, strict=True))
    return find_scenes(
        kept_scenes(TEXT_SPEECH, split), store.ids, lambda name, scene: texts[name] in spoken(scene)
    )


def find_scenes(
    path: Path, names: list[str], about: Callable[[str, Scene], bool]
) -> list[Scene] | None:
    """The scene of each name, if all have one that their texts are about."""
    if not path.is_file():
        return None
    known = read_scenes(path)
    scenes = [known.get(name) for name in names]
    found = [scene for scene in scenes if scene is not None]
    if len(found) < len(names) or not all(map(about, names, found)):
        return None
    return found
