"""Digit scenes for tests."""

import numpy as np

from crossmodal.data.skipmodal.scene_drawing import draw_scene
from crossmodal.data.skipmodal.scenes import Scene


def draw(count: int, seed: int = 0) -> list[Scene]:
    rng = np.random.default_rng(seed)
    return [draw_scene(rng) for _ in range(count)]
