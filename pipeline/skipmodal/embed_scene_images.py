"""Embed every image of data set A by EfficientNet-Lite0, frozen: maps that trainings read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.data.skipmodal.pair_store import ImageTextStore, to_unit
from crossmodal.data.skipmodal.scenes import SPLITS
from crossmodal.embed.skipmodal.maps import Maps, write_manifest, write_split
from crossmodal.files import atomic_path
from crossmodal.models.skipmodal.efficientnet import EfficientNetLite0, embed_pixels, load_frozen
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.pair_data import has_split, maps_origin, open_images
from pipeline.skipmodal.paths import EFFICIENTNET, IMAGE_MAPS, IMAGE_TEXT

BATCH = 64


def main() -> None:
    """Write the maps of each split, in the order of its images."""
    config = stage.load("embed_scene_images", PretrainedMaps)
    runtime = prepare_runtime(stage.load("compute", Compute))
    network = EfficientNetLite0(config)
    load_frozen(network, EFFICIENTNET)
    network.to(runtime.device)
    with atomic_path(IMAGE_MAPS) as folder:
        folder.mkdir()
        for split in SPLITS:
            if has_split(split, [IMAGE_TEXT]):
                write_maps(folder, split, network, open_images(split), runtime)
        write_manifest(folder, maps_origin(config))


def write_maps(
    folder: Path, split: str, network: EfficientNetLite0, images: ImageTextStore, runtime: Runtime
) -> None:
    """Write the maps of one split."""

    def embed() -> Iterator[Maps]:
        for start in range(0, len(images), BATCH):
            batch = to_unit(np.array(images.images[start : start + BATCH]))
            yield embed_pixels(network, batch.to(runtime.device)).cpu().numpy()

    shape = (len(images), *network.shape)
    for _ in show_progress(write_split(folder, split, shape, embed()), None, "batch"):
        pass


if __name__ == "__main__":
    stage.run(main)
