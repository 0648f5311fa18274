"""What drawn pictures are compared with: the pictures of a split, and what reads scenes in them."""

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.skipmodal.scene_json import kept_reader
from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.drawn_scenes import SceneReader
from crossmodal.models.classifier import load_classifier
from pipeline.skipmodal.pair_data import open_images
from pipeline.skipmodal.paths import IMAGE_TEXT


def real_pictures(split: Split) -> NDArray[np.uint8]:
    """All pictures of a split, [N, H, W, 3]."""
    return np.ascontiguousarray(open_images(split).images.transpose(0, 2, 3, 1))


def open_reader() -> SceneReader | None:
    """What reads pictures of digit scenes; None for pictures of your own."""
    path = kept_reader(IMAGE_TEXT)
    return SceneReader(load_classifier(path / "digits")) if path.is_dir() else None
