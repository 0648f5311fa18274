"""Images in WebDataset shards with a Parquet manifest: one row an image, one row group a shard.

A record holds a block of images, not one: single-image records are read more slowly than
a network trains on them. Members of record KEY: `KEY.images.npy` uint8 [N, C, H, W] and
`KEY.classes.npy` int16 [N]. The manifest has a checksum for every record, so a shard that was
cut short, altered or swapped is noticed when it is read.
"""

import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from webdataset.tariterators import group_by_keys, tar_file_iterator
from webdataset.writer import TarWriter

from crossmodal.errors import DataError

MANIFEST = "manifest.parquet"


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
        """`schema`: the manifest's columns beyond shard, key, row, split, class, crc32."""
        self.folder = folder
        self.shards: list[dict[str, Any]] = []
        fixed = [("shard", pa.string()), ("key", pa.string()), ("row", pa.int32())]
        fixed += [("split", pa.string()), ("class", pa.int16()), ("crc32", pa.uint32())]
        self.schema = pa.schema([*map(pa.field, *zip(*fixed, strict=True)), *schema])
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


def encode(array: NDArray[Any]) -> bytes:
    """An array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


class ShardReader:
    """Reads the shards of one split, each checked against the manifest."""

    def __init__(self, folder: Path, split: str) -> None:
        """Raises DataError where the manifest is missing or unreadable."""
        self.folder = folder
        try:
            self.manifest = pq.ParquetFile(folder / MANIFEST)
            shards = json.loads(self.manifest.metadata.metadata[b"shards"])
            self.shards = [(row, s) for row, s in enumerate(shards) if s["split"] == split]
        except FileNotFoundError:
            raise DataError(f"{folder / MANIFEST} is missing") from None
        except (pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{folder / MANIFEST} is damaged: {error}") from None

    def __len__(self) -> int:
        """The number of shards."""
        return len(self.shards)

    @property
    def image_count(self) -> int:
        """The number of images in all shards of the split."""
        return sum(shard["images"] for _, shard in self.shards)

    @property
    def block_count(self) -> int:
        """The number of blocks in all shards of the split."""
        return sum(shard["blocks"] for _, shard in self.shards)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image."""
        return tuple(self.shards[0][1]["shape"])

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
        path = self.folder / shard["name"]
        expected = self.expected_records(row_group, path)
        try:
            with path.open("rb") as stream:
                members = (m | {"__url__": path.name} for m in tar_file_iterator(stream))
                for sample in group_by_keys(members):
                    key = sample["__key__"]
                    if key not in expected:
                        raise DataError(f"{path}: record {key} is not in the manifest")
                    yield decode(path, sample, *expected.pop(key))
        except FileNotFoundError:
            raise DataError(f"{path} is missing") from None
        except (tarfile.TarError, EOFError) as error:
            raise DataError(f"{path} is cut short or damaged: {error}") from None
        if expected:
            raise DataError(f"{path} is cut short: no record {', '.join(sorted(expected))}")

    def expected_records(self, row_group: int, path: Path) -> dict[str, tuple[Any, int]]:
        """For each record of a shard its classes and its checksum, from the manifest."""
        columns = ["shard", "key", "class", "crc32"]
        try:
            rows = self.manifest.read_row_group(row_group, columns)
        except (pa.ArrowInvalid, OSError, IndexError) as error:
            raise DataError(f"{self.folder / MANIFEST} is damaged: {error}") from None
        if rows["shard"].unique().to_pylist() != [path.name]:
            raise DataError(f"{self.folder / MANIFEST} does not describe {path.name}")
        keys, starts = np.unique(rows["key"].to_numpy(), return_index=True)
        classes = np.split(rows["class"].to_numpy(), starts[1:])
        checksums = rows["crc32"].to_numpy()[starts].tolist()
        return dict(zip(keys.tolist(), zip(classes, checksums, strict=True), strict=True))


def decode(path: Path, sample: dict[str, Any], classes: NDArray[np.int16], crc32: int) -> Block:
    """One record's block, compared with what the manifest says of it."""
    try:
        members = [io.BytesIO(sample[name]) for name in ("images.npy", "classes.npy")]
        arrays = [np.lib.format.read_array(member, allow_pickle=False) for member in members]
    except (KeyError, ValueError, EOFError) as error:
        raise DataError(f"{path}: record {sample['__key__']} is damaged: {error}") from None
    block = Block(arrays[0], arrays[1], {})
    if block.checksum() != crc32 or not np.array_equal(block.classes, classes):
        raise DataError(f"{path}: record {sample['__key__']} disagrees with the manifest")
    return block


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
