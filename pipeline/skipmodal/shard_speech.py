"""Shard text-speech pairs: the spoken corpus, or an LJSpeech folder of your own."""

from pathlib import Path

import torch

from crossmodal.config.skipmodal.pairs import ShardSpeech, whole
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.scenes import SPLITS
from crossmodal.data.skipmodal.sharding import shard_speech
from crossmodal.data.skipmodal.vocabulary import describe_overlap, vocabulary_overlap
from crossmodal.files import write_json
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.paths import IMAGE_TEXT, SENTENCES, TEXT_SPEECH, VOCABULARY
from pipeline.skipmodal.skipped import tell, tell_skipped


def main() -> None:
    """Write shards, manifest and a list of what was skipped; compare both vocabularies."""
    config = stage.load("shard_speech", ShardSpeech)
    spectrograms = stage.load("spectrograms", Spectrograms)
    folder = Path(config.folder)
    # A person's own sentences have no split `binding`.
    spoken = [split for split in SPLITS if (SENTENCES / split).is_dir()]
    sources = whole(spoken) if folder == SENTENCES else config.splits.by_split()
    captions = train_texts(IMAGE_TEXT)
    # A clip is too little work for two threads: together they take three times as long.
    torch.set_num_threads(1)
    shards = shard_speech(TEXT_SPEECH, folder, sources, config, spectrograms)
    for _ in show_progress(shards, None, "shard"):
        pass
    overlap = vocabulary_overlap(captions, train_texts(TEXT_SPEECH))
    write_json(VOCABULARY, {"words": overlap})
    tell("shard_speech", describe_overlap(overlap))
    tell_skipped("shard_speech", TEXT_SPEECH)


def train_texts(folder: Path) -> list[str]:
    """All texts of a training split."""
    texts: list[str] = (
        PairReader(folder, "train").rows["texts"].combine_chunks().flatten().to_pylist()
    )
    return texts


if __name__ == "__main__":
    stage.run(main)
