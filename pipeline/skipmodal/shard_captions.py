"""Shard image-text pairs: the digit scenes, or a COCO folder of your own."""

from pathlib import Path

from crossmodal.config.skipmodal.pairs import ShardCaptions, whole
from crossmodal.data.skipmodal.scenes import SPLITS
from crossmodal.data.skipmodal.sharding import shard_captions
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.paths import IMAGE_TEXT, SCENES
from pipeline.skipmodal.skipped import tell_skipped


def main() -> None:
    """Write shards, manifest and a list of what was skipped."""
    config = stage.load("shard_captions", ShardCaptions)
    folder = Path(config.folder)
    sources = whole(SPLITS) if folder == SCENES else config.splits.by_split()
    shards = shard_captions(IMAGE_TEXT, folder, sources, config)
    for _ in show_progress(shards, None, "shard"):
        pass
    tell_skipped("shard_captions", IMAGE_TEXT)


if __name__ == "__main__":
    stage.run(main)
