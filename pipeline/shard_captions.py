"""Shard image-text pairs: the digit scenes, or a COCO folder of your own."""

from pathlib import Path

from crossmodal.config.pairs import ShardCaptions, whole
from crossmodal.data.scenes import SPLITS
from crossmodal.data.sharding import shard_captions
from pipeline import stage
from pipeline.paths import IMAGE_TEXT, SCENES


def main() -> None:
    """Write shards, manifest and a list of what was skipped."""
    config = stage.load("shard_captions", ShardCaptions)
    folder = SCENES if config.folder is None else Path(config.folder).expanduser()
    sources = config.splits.by_split() if config.folder else whole(SPLITS)
    shards = shard_captions(IMAGE_TEXT, folder, sources, config)
    for _ in stage.show_progress(shards, None, "shard"):
        pass


if __name__ == "__main__":
    stage.run(main)
