"""Synthesize digit scenes with captions, in COCO's layout."""

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.synthesis import SynthesizeScenes
from crossmodal.data.mnist import load_digits
from crossmodal.data.skipmodal.scene_dataset import synthesize_scenes
from pipeline import stage
from pipeline.paths import MNIST
from pipeline.progress import show_progress
from pipeline.skipmodal.paths import CLASSIFIER, SCENES


def main() -> None:
    """Write pictures, captions and what each picture shows."""
    config = stage.load("synthesize_scenes", SynthesizeScenes)
    held_out = stage.load("held_out", HeldOut)
    train, test = load_digits(MNIST, "train"), load_digits(MNIST, "test")
    scenes = synthesize_scenes(SCENES, train, test, config, held_out, CLASSIFIER)
    for _ in show_progress(scenes, config.counts.total, "scene"):
        pass


if __name__ == "__main__":
    stage.run(main)
