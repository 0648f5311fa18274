"""Reading shards of pairs: split by rank and worker, each record checked against the manifest.

Nothing is unpickled: of a record only the members that the manifest names are decoded, as .npy.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import webdataset
from numpy.typing import NDArray
from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, TypeAdapter
from torch.utils.data import DataLoader

from crossmodal.data.parquet import ParquetReader
from crossmodal.data.records import (
    MAX_RECORD_BYTES,
    ArrayType,
    Record,
    check_size,
    checksum,
    decode,
    read_records,
)
from crossmodal.data.shards import MANIFEST, SHARD_NAME, find_records
from crossmodal.data.skipmodal.pairs import FIXED, IMAGE_COLUMNS, SPEECH_COLUMNS
from crossmodal.errors import DataError

Arrays = dict[str, NDArray[np.uint8]]
ArrayName = Annotated[str, Field(pattern=r"^[a-z_]+$")]


class Pairs(BaseModel, frozen=True, extra="forbid"):
    """What the manifest says of all its pairs: samples by split, shapes by array, block size."""

    counts: dict[str, PositiveInt]
    shapes: dict[ArrayName, list[PositiveInt]] = Field(min_length=1)
    block_size: NonNegativeInt


class PairReader:
    """The manifest of one split, and its records; with `by_rank` only those of the own shards.

    Attributes:
        rows: the manifest's rows, one a sample, in order.
        shapes: of each member the shape of one sample, without a leading T.
        block_size: samples in a record, stacked; 0 for one, as it is.
    """

    def __init__(self, folder: Path, split: str, by_rank: bool = False) -> None:
        """Raises DataError where the manifest is missing, damaged, or has no such split."""
        self.folder = folder
        self.manifest = ParquetReader(folder / MANIFEST)
        self.known = self.manifest.read_metadata("pairs", TypeAdapter(Pairs))
        self.shapes, self.block_size = self.known.shapes, self.known.block_size
        rows = self.read_rows(split)
        shards = rows["shard"].unique().to_pylist()
        # Of torchrun's environment or torch.distributed; all shards where there is neither.
        self.shards = list(webdataset.split_by_node(shards)) if by_rank else shards
        if not self.shards:
            raise DataError(f"{folder}: the split {split} has fewer shards than there are ranks")
        self.rows = rows.filter(pc.is_in(rows["shard"], pa.array(self.shards)))
        self.keys, self.borders = find_records(self.manifest, self.rows)

    def read_rows(self, split: str) -> pa.Table:
        """The rows of a split.

        Raises:
            DataError: there are none, or they are not as `PairWriter` writes them.
        """
        own = IMAGE_COLUMNS if self.block_size else SPEECH_COLUMNS
        table = self.manifest.read(FIXED | own)
        counts = Counter(table["split"].to_pylist())
        if counts != self.known.counts:
            raise self.manifest.damaged(f"it has rows of {dict(counts)}, not {self.known.counts}")
        if split not in counts:
            raise DataError(f"{self.manifest.path} has no split {split!r}")
        rows = table.filter(pc.equal(table["split"], split))
        if pc.count_distinct(rows["id"]).as_py() < len(rows):
            raise self.manifest.damaged(f"two samples of {split} have the same id")
        smallest = [pc.list_value_length(rows["texts"])]
        smallest += [pc.binary_length(rows["texts"].combine_chunks().flatten())]
        smallest += [rows[name] for name in own]
        if any(pc.min(column).as_py() < 1 for column in smallest):
            raise self.manifest.damaged("a sample has no text or no size")
        names = rows["shard"].unique()
        if not pc.all(pc.match_substring_regex(names, SHARD_NAME)).as_py():
            raise self.manifest.damaged("a shard's name is not NAME.tar")
        return rows

    def expect(self) -> dict[str, dict[str, Record]]:
        """By shard and key the arrays that are to be there.

        Raises:
            DataError: a record has too many samples or is larger than 1 GiB.
        """
        first = self.rows.take(self.borders[:-1])
        counts = np.diff(self.borders)
        # A block has as many images as rows; a clip has one row, and frames.
        lengths = counts if self.block_size else first["frames"].to_numpy()
        expected: dict[str, dict[str, Record]] = {name: {} for name in self.shards}
        places = zip(first["shard"].to_pylist(), self.keys, lengths.tolist(), strict=True)
        largest = 0
        for shard, key, length in places:
            record = {
                name: ArrayType.of("uint8", length, *self.shapes[name]) for name in self.shapes
            }
            largest = max(largest, sum(type.bytes for type in record.values()))
            expected[shard][key] = record
        if largest > MAX_RECORD_BYTES or counts.max() > max(self.block_size, 1):
            raise self.manifest.damaged("a record is larger than a block, or than 1 GiB")
        return expected

    def check_sizes(self) -> None:
        """Compare all shards' sizes with the manifest, before memory is taken for what they hold.

        Raises:
            DataError: a shard is missing, no regular file, or too small or large.
        """
        for name, records in self.expect().items():
            check_size(self.folder / name, records)

    def read(self, workers: int = 0) -> Iterator[tuple[slice, Arrays]]:
        """Every record once, in any order: which rows it holds, and its arrays by name.

        Args:
            workers: processes that read, each its own shards; 0 for this one.

        Raises:
            DataError: a shard is missing, cut short, altered, or not what the manifest says.
        """
        borders = self.borders.tolist()
        places = dict(zip(self.keys, map(slice, borders, borders[1:]), strict=True))
        crcs = dict(zip(self.keys, self.rows["crc32"].to_numpy()[borders[:-1]], strict=True))
        decode = partial(read_shards, self.folder, self.expect(), crcs)
        pipeline = webdataset.DataPipeline(
            partial(iter, self.shards), webdataset.split_by_worker, decode
        )
        # Without workers a DataLoader would only copy.
        loaded = DataLoader(pipeline, batch_size=None, num_workers=workers) if workers else pipeline
        for record in loaded:
            if isinstance(record, DataError):
                raise record
            key, arrays = record
            yield places[key], arrays


def read_shards(
    folder: Path,
    expected: Mapping[str, Mapping[str, Record]],
    crcs: Mapping[str, int],
    names: Iterable[str],
) -> Iterator[tuple[str, Arrays] | DataError]:
    """The records of some shards; a mistake comes as a value, to cross from worker to reader."""
    for name in names:
        path = folder / name
        try:
            for key, members in read_records(path, expected[name]):
                # Before anything is decoded.
                if checksum(members) != crcs[key]:
                    raise DataError(f"{path}: record {key} disagrees with the manifest")
                yield key, decode(path, key, members, expected[name][key])
        except DataError as error:
            yield error
