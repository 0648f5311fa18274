"""The longest and largest of both data sets of pairs, from their manifests alone."""

from pathlib import Path

import pyarrow as pa

from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.vocabulary import split_words


def measure_pairs(image_text: Path, text_speech: Path) -> tuple[DataLimits, str]:
    """What both data sets ask of a network that is trained on them, and the text of most words.

    Raises:
        DataError: a manifest is missing or damaged.
    """
    images, clips = (read_rows(folder) for folder in (image_text, text_speech))
    texts = [
        text
        for rows in (images, clips)
        for text in rows["texts"].combine_chunks().flatten().to_pylist()
    ]
    wordiest = max(texts, key=lambda text: len(split_words(text)))
    limits = DataLimits(
        symbols=max(map(len, texts)) + 1,
        words=len(split_words(wordiest)),
        frames=max(clips["frames"].to_pylist()),
        image_size=PairReader(image_text, "train").shapes["images"][-1],
    )
    return limits, wordiest


def read_rows(folder: Path) -> pa.Table:
    """The manifest's rows of all splits."""
    reader = PairReader(folder, "train")
    return pa.concat_tables(reader.read_rows(split) for split in reader.known.counts)
