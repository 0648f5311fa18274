"""Sets of digit images in shards; paper A, supplement C, has double and coloured double digits."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.data.mapping.classes import COLORED, DatasetName
from crossmodal.data.mapping.digits import compose_images, draw_span
from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.data.mnist import Digits
from crossmodal.data.shards import Block, ShardWriter, write_split
from crossmodal.files import atomic_path

SIDES = ("left", "right")


def synthesize(
    folder: Path, dataset: DatasetName, train: Digits, test: Digits, config: SynthesizeImages
) -> Iterator[tuple[str, int, int]]:
    """Write the shards of both splits; yields (split, images done, images in all).

    The training split draws from MNIST's training images and shows no held-out pair; the
    held-out split draws from MNIST's test images and shows held-out pairs only.
    """
    held_out = sorted(int(pair) for pair in config.held_out)
    training = [pair for pair in range(100) if pair not in held_out]
    counts = config.counts[dataset]
    splits = [
        ("train", train, training, counts.train_per_pair * len(training)),
        ("held_out", test, held_out, counts.held_out_per_pair * len(held_out)),
    ]
    sizes = (config.shard_size, config.block_size)
    with atomic_path(folder) as temporary:
        writer = ShardWriter(temporary, manifest_schema())
        for split, digits, pairs, count in splits:
            source = partial(make_block, dataset, digits, pairs, config.seed)
            for done in write_split(writer, split, count, sizes, source):
                yield split, done, count
        writer.close()


def manifest_schema() -> pa.Schema:
    """The columns that say what each image shows and which MNIST images it was made of."""
    columns = [(f"{side}_digit", pa.int8()) for side in SIDES]
    columns += [(f"{side}_color", pa.string()) for side in SIDES]
    columns += [(f"{side}_source", pa.int32()) for side in SIDES]
    return pa.schema(columns)


def make_block(
    dataset: DatasetName, digits: Digits, pairs: list[int], seed: int, first: int, last: int
) -> Block:
    """The images at positions [first, last) with their classes and manifest columns."""
    draws = draw_span(digits, seed, pairs, first, last)
    names = np.array(COLOR_WORDS)[draws.colors]
    columns: dict[str, Any] = {}
    for side, digit in enumerate(np.divmod(draws.pairs, 10)):
        colors = names[:, side] if COLORED[dataset] else [None] * len(names)
        columns[f"{SIDES[side]}_digit"] = digit
        columns[f"{SIDES[side]}_color"] = colors
        columns[f"{SIDES[side]}_source"] = draws.sources[:, side]
    images = compose_images(digits, draws, dataset)
    return Block(images, draws.classes(dataset).astype(np.int16), columns)
