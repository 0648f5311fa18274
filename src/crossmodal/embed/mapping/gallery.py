"""A few images of every class with their embeddings, to search in.

Legend: N images picked, C channels, D embedding size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.table import EmbeddingTable, Vectors
from crossmodal.errors import DataError

MOST_CLASSES = 2**15  # what int16 can say


@dataclass(frozen=True)
class Gallery:
    """`images` uint8 [N, C, H, W], `classes` int16 [N], split -> the rows of its images there."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int16]
    rows: dict[str, NDArray[np.int64]]

    @classmethod
    def pick(cls, folder: Path, splits: Sequence[str], count: int) -> Self:
        """The first `count` images of each class of every split, in the order of the shards.

        Raises:
            DataError: a shard is damaged.
        """
        images, classes, rows = [], [], {}
        for split in splits:
            seen = np.zeros(MOST_CLASSES, np.int64)
            start, kept = 0, []
            for block in ShardReader(folder, split).read_all():
                picked = np.flatnonzero(count_before(block.classes, seen) < count)
                images.append(block.images[picked])
                classes.append(block.classes[picked])
                kept.append(picked + start)
                start += len(block.classes)
            rows[split] = np.concatenate(kept)
        return cls(np.concatenate(images), np.concatenate(classes).astype(np.int16), rows)

    def find_embeddings(self, table: EmbeddingTable) -> Vectors:
        """Their embeddings in a table of all images, float32 [N, D].

        Raises:
            DataError: the table is that of other images.
        """
        tables = {split: table.read(split) for split in self.rows}
        keys = np.concatenate([tables[split][0][rows] for split, rows in self.rows.items()])
        if not np.array_equal(keys, self.classes):
            raise DataError("the gallery's images and the embeddings are not of the same images")
        return np.concatenate([tables[split][1][rows] for split, rows in self.rows.items()])


def count_before(classes: NDArray[Any], seen: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of its class came before each of the N items, in this block and those before it.

    Args:
        seen: how many of each class came before this block; brought up to date.
    """
    order = np.argsort(classes, kind="stable")
    _, starts, sizes = np.unique(classes[order], return_index=True, return_counts=True)
    places = np.empty(len(classes), np.int64)
    places[order] = np.arange(len(classes)) - np.repeat(starts, sizes)
    places += seen[classes]
    seen += np.bincount(classes, minlength=len(seen))
    return places
