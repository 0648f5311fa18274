"""A few images of every class with their embeddings, to search in.

Legend: N images picked, C channels, D embedding size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.shards import ShardReader
from crossmodal.embed.table import EmbeddingTable, Vectors
from crossmodal.errors import DataError


@dataclass(frozen=True)
class Gallery:
    """`images` uint8 [N, C, H, W], `classes` int16 [N], `embeddings` float32 [N, D]."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int16]
    embeddings: Vectors


def pick_gallery(reader: ShardReader, table: EmbeddingTable, split: str, count: int) -> Gallery:
    """The first `count` images of each class of a split, in the order of the shards.

    Raises:
        DataError: shards and embeddings are not those of the same images.
    """
    keys, vectors = table.read(split)
    rows = pick_rows(keys, count)
    images = []
    start = 0
    for block in reader.read_all():
        stop = start + len(block.classes)
        if not np.array_equal(block.classes, keys[start:stop]):
            raise DataError(f"{reader.folder}: the embeddings are those of other images")
        images.append(block.images[rows[(rows >= start) & (rows < stop)] - start])
        start = stop
    return Gallery(np.concatenate(images), keys[rows].astype(np.int16), vectors[rows])


def pick_rows(keys: NDArray[Any], count: int) -> NDArray[np.int64]:
    """The first `count` rows of every key, ascending."""
    order = np.argsort(keys, kind="stable")
    _, starts, sizes = np.unique(keys[order], return_index=True, return_counts=True)
    places = np.arange(len(keys)) - np.repeat(starts, sizes)
    return np.sort(order[places < count])
