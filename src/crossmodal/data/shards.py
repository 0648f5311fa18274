"""Images in WebDataset shards with a Parquet manifest: one row an image, one row group a shard.

A record holds a block of images, not one: single-image records are read more slowly than
a network trains on them. Members of record KEY: `KEY.images.npy` uint8 [N, C, H, W] and
`KEY.classes.npy` int16 [N]. The manifest has a checksum for every record, so a shard that was
cut short, altered or swapped is noticed when it is read.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, Field, PositiveInt, TypeAdapter
from webdataset.writer import TarWriter

from crossmodal.data.parquet import ParquetReader
from crossmodal.data.records import MAX_RECORD_BYTES, ArrayType, decode, encode, read_records
from crossmodal.errors import DataError

MANIFEST = "manifest.parquet"
SHARD_NAME = r"^\w[\w-]*\.tar$"  # beside the manifest, not anywhere else
FIXED = {
    "shard": pa.string(),
    "key": pa.string(),
    "row": pa.int32(),  # in the record
    "split": pa.string(),
    "class": pa.int16(),
    "crc32": pa.uint32(),
}


class Shard(BaseModel, frozen=True, extra="forbid"):
    """What the manifest says of one shard; `shape`: channels, height, width of every image."""

    name: Annotated[str, Field(pattern=SHARD_NAME)]
    split: str
    images: PositiveInt
    blocks: PositiveInt
    shape: tuple[PositiveInt, PositiveInt, PositiveInt]


@dataclass(frozen=True)
class Block:
    """One record: `images` uint8 [N, C, H, W], `classes` int16 [N], and manifest columns."""

    images: NDArray[np.uint8]
    classes: NDArray[np.int16]
    columns: dict[str, Any]

    def checksum(self) -> int:
        """CRC-32 of images and classes."""
        images = zlib.crc32(np.ascontiguousarray(self.images).data)
        return zlib.crc32(self.classes.tobytes(), images)


class ShardWriter:
    """Writes shards and their manifest into a folder, in bounded memory."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """`schema`: the manifest's columns beyond the fixed ones."""
        self.folder = folder
        self.shards: list[dict[str, Any]] = []
        self.schema = pa.schema([*(pa.field(*column) for column in FIXED.items()), *schema])
        folder.mkdir(parents=True)
        self.manifest = pq.ParquetWriter(folder / MANIFEST, self.schema)

    def write(self, split: str, blocks: Iterable[Block]) -> None:
        """Write one shard of `split` with a record for each block."""
        number = sum(shard["split"] == split for shard in self.shards)
        name = f"{split}-{number:05d}.tar"
        tables = []
        # A fixed time stamp, so that the same images give the same bytes.
        with TarWriter(str(self.folder / name), mtime=0) as tar:
            for record, block in enumerate(blocks):
                key = f"{split}-{number:05d}-{record:03d}"
                members = {"images.npy": encode(block.images), "classes.npy": encode(block.classes)}
                tar.write({"__key__": key, **members})
                tables.append(self.rows(name, key, split, block))
        table = pa.concat_tables(tables)
        self.manifest.write_table(table, row_group_size=len(table))
        shape = list(block.images.shape[1:])
        shard = {"name": name, "split": split, "images": len(table), "blocks": len(tables)}
        self.shards.append({**shard, "shape": shape})

    def rows(self, shard: str, key: str, split: str, block: Block) -> pa.Table:
        """The manifest's rows for one block."""
        count = len(block.classes)
        fixed = {"shard": [shard] * count, "key": [key] * count, "split": [split] * count}
        numbers = {"row": np.arange(count, dtype=np.int32), "class": block.classes}
        checksum = {"crc32": np.full(count, block.checksum(), np.uint32)}
        return (
            pa.table({**fixed, **numbers, **checksum, **block.columns})
            .select(self.schema.names)
            .cast(self.schema)
        )

    def close(self) -> None:
        """Finish the manifest; without it the folder cannot be read."""
        self.manifest.add_key_value_metadata({"shards": json.dumps(self.shards)})
        self.manifest.close()


class ShardReader:
    """Reads the shards of one split, each checked against the manifest."""

    def __init__(self, folder: Path, split: str) -> None:
        """Raises DataError where the manifest is missing, damaged, or has no such split."""
        self.folder = folder
        self.manifest = ParquetReader(folder / MANIFEST)
        shards = self.manifest.read_metadata("shards", TypeAdapter(list[Shard]))
        groups = self.manifest.file.metadata
        rows = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
        names = {shard.name for shard in shards}
        if rows != [shard.images for shard in shards] or len(names) < len(shards):
            raise self.manifest.damaged("its shards are not its row groups")
        named = {name: FIXED[name] for name in ("shard", "split")}
        for row, shard in enumerate(shards):
            pairs = self.manifest.read(named, row).group_by(["shard", "split"]).aggregate([])
            if pairs.to_pylist() != [{"shard": shard.name, "split": shard.split}]:
                raise self.manifest.damaged(f"its rows do not describe {shard.name}")
        self.shards = [(row, shard) for row, shard in enumerate(shards) if shard.split == split]
        if not self.shards:
            raise DataError(f"{self.manifest.path} has no split {split!r}")
        if len({shard.shape for _, shard in self.shards}) > 1:
            raise self.manifest.damaged("its images are of several shapes")

    def __len__(self) -> int:
        """The number of shards."""
        return len(self.shards)

    @property
    def image_count(self) -> int:
        """The number of images in all shards of the split."""
        return sum(shard.images for _, shard in self.shards)

    @property
    def block_count(self) -> int:
        """The number of blocks in all shards of the split."""
        return sum(shard.blocks for _, shard in self.shards)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image."""
        return self.shards[0][1].shape

    def read_all(self) -> Iterator[Block]:
        """All blocks of the split, in the order in which they were written."""
        for number in range(len(self)):
            yield from self.read(number)

    def read(self, number: int) -> Iterator[Block]:
        """The blocks of one shard.

        Raises:
            DataError: the shard is missing, cut short, altered, or not what the manifest says;
                the message names shard and record.
        """
        row_group, shard = self.shards[number]
        path = self.folder / shard.name
        expected = self.expect(row_group, shard)
        records = {key: record_of(len(found), shard.shape) for key, (found, _) in expected.items()}
        for key, members in read_records(path, records):
            block = Block(**decode(path, key, members, records[key]), columns={})
            classes, crc32 = expected[key]
            if block.checksum() != crc32 or not np.array_equal(block.classes, classes):
                raise DataError(f"{path}: record {key} disagrees with the manifest")
            yield block

    def expect(self, row_group: int, shard: Shard) -> dict[str, tuple[NDArray[np.int16], int]]:
        """For each record of a shard its classes and its checksum, from the manifest."""
        rows = self.manifest.read(FIXED, row_group)
        keys, borders = find_records(self.manifest, rows)
        largest = record_of(int(np.diff(borders).max()), shard.shape)["images"].bytes
        classes = rows["class"].to_numpy()
        if len(keys) != shard.blocks or largest > MAX_RECORD_BYTES or classes.min() < 0:
            raise self.manifest.damaged(f"its rows do not describe {shard.name}")
        crcs = rows["crc32"].to_numpy()[borders[:-1]].tolist()
        parts = zip(np.split(classes, borders[1:-1]), crcs, strict=True)
        return dict(zip(keys, parts, strict=True))


def find_records(manifest: ParquetReader, rows: pa.Table) -> tuple[list[str], NDArray[np.int64]]:
    """The records' keys, and the first row of each, with the number of rows at the end.

    Raises:
        DataError: a record's rows are not side by side and counted from 0, or disagree about its
            shard, split or checksum.
    """
    keys = rows["key"].to_numpy()
    starts = np.append(0, 1 + np.flatnonzero(keys[1:] != keys[:-1]))
    counts = np.diff(np.append(starts, len(keys)))
    found = keys[starts].tolist()
    columns = [rows[name].to_numpy() for name in ("shard", "split", "crc32")]
    same = all((column == np.repeat(column[starts], counts)).all() for column in columns)
    numbers = np.arange(len(keys)) - np.repeat(starts, counts)
    if len(set(found)) < len(found) or not same or (rows["row"].to_numpy() != numbers).any():
        raise manifest.damaged("the rows of a record disagree")
    return found, np.append(starts, len(keys))


def record_of(count: int, shape: tuple[int, int, int]) -> dict[str, ArrayType]:
    """The arrays of a block of `count` images."""
    images, classes = ArrayType.of("uint8", count, *shape), ArrayType.of("int16", count)
    return {"images": images, "classes": classes}


BlockSource = Callable[[int, int], Block]


def write_split(
    writer: ShardWriter, split: str, count: int, sizes: tuple[int, int], source: BlockSource
) -> Iterator[int]:
    """Write `count` images as shards; yields the number of images done after each shard.

    Args:
        sizes: images in a shard, images in a block.
        source: makes the block of positions [first, last).
    """
    shard_size, block_size = sizes
    for start in range(0, count, shard_size):
        stop = min(start + shard_size, count)
        firsts = range(start, stop, block_size)
        writer.write(split, (source(first, min(first + block_size, stop)) for first in firsts))
        yield stop
