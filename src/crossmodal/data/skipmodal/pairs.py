"""Pairs in WebDataset shards with a Parquet manifest: one row a sample, one row group a shard.

A record of image-text pairs holds a block of them: `KEY.images.npy` uint8 [N, 3, H, W]; their
captions are in the manifest. A record of text-speech pairs holds one: `KEY.mel.npy` uint8
[T, mels] and `KEY.linear.npy` uint8 [T, bins], spectrograms in [0, 1] times 255, rounded: steps of
0.4 dB where the floor is -100 dB. The manifest has a checksum for every record, so a shard that was
cut short, altered or swapped is noticed when it is read.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from webdataset.writer import TarWriter

from crossmodal.data.records import checksum, encode
from crossmodal.data.shards import MANIFEST

BROKEN = "broken.json"
FIXED = {
    "shard": pa.string(),
    "key": pa.string(),
    "row": pa.int32(),  # in the record
    "split": pa.string(),
    "id": pa.string(),
    "texts": pa.list_(pa.string()),
    "crc32": pa.uint32(),
}
IMAGE_COLUMNS = {"width": pa.int32(), "height": pa.int32()}  # of the file
SPEECH_COLUMNS = {"frames": pa.int32(), "samples": pa.int32()}  # of the trimmed clip
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Sample:
    """One pair: its id, its texts, its arrays by name, and further columns of the manifest."""

    id: str
    texts: tuple[str, ...]
    arrays: dict[str, NDArray[np.uint8]]
    columns: dict[str, int]


class PairWriter:
    """Writes shards of samples and their manifest into a new folder, in bounded memory."""

    def __init__(self, folder: Path, columns: dict[str, pa.DataType], block_size: int = 0) -> None:
        """`block_size`: samples in a record, stacked; 0 for one, as it is."""
        self.folder = folder
        self.block_size = block_size
        self.counts: dict[str, int] = {}
        self.shapes: dict[str, list[int]] = {}
        self.schema = pa.schema([pa.field(*column) for column in (FIXED | columns).items()])
        folder.mkdir(parents=True)
        self.manifest = pq.ParquetWriter(folder / MANIFEST, self.schema, write_page_checksum=True)

    def write_split(self, split: str, samples: Iterable[Sample], shard_size: int) -> Iterator[int]:
        """Write all samples of a split; yields the number written after each shard."""
        done = 0
        for number, shard in enumerate(chunk(samples, shard_size)):
            self.write_shard(split, f"{split}-{number:05d}", shard)
            done += len(shard)
            yield done

    def write_shard(self, split: str, name: str, samples: list[Sample]) -> None:
        """Write one shard and its rows of the manifest."""
        rows: list[dict[str, Any]] = []
        # A fixed time stamp, so that the same samples give the same bytes.
        with TarWriter(str(self.folder / f"{name}.tar"), mtime=0) as tar:
            for number, block in enumerate(chunk(samples, self.block_size or 1)):
                key = f"{name}-{number:05d}"
                members = self.encode_block(block)
                tar.write({"__key__": key, **{f"{n}.npy": b for n, b in members.items()}})
                fixed = {"shard": f"{name}.tar", "key": key, "split": split}
                crc32 = {"crc32": checksum(members)}
                for row, sample in enumerate(block):
                    own = {"row": row, "id": sample.id, "texts": sample.texts}
                    rows.append({**fixed, **own, **crc32, **sample.columns})
        self.counts[split] = self.counts.get(split, 0) + len(samples)
        table = pa.Table.from_pylist(rows, self.schema)
        self.manifest.write_table(table, row_group_size=len(rows))

    def encode_block(self, samples: list[Sample]) -> dict[str, bytes]:
        """The arrays of one record, as .npy."""
        names = samples[0].arrays
        stacked = {name: np.stack([sample.arrays[name] for sample in samples]) for name in names}
        arrays = stacked if self.block_size else samples[0].arrays
        for name, array in arrays.items():
            self.shapes[name] = list(array.shape[1:])
        return {name: encode(array) for name, array in arrays.items()}

    def close(self) -> None:
        """Finish the manifest; without it the folder cannot be read."""
        values = {"counts": self.counts, "shapes": self.shapes, "block_size": self.block_size}
        self.manifest.add_key_value_metadata({"pairs": json.dumps(values)})
        self.manifest.close()


def chunk(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Lists of `size` things, the last one shorter."""
    iterator = iter(things)
    while part := list(islice(iterator, size)):
        yield part


def quantise(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values in [0, 1] in steps of 1/255."""
    steps: NDArray[np.uint8] = np.rint(levels * np.float32(255)).astype(np.uint8)
    return steps
