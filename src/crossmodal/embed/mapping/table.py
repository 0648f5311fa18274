"""Embeddings as Parquet: one row an item, with mean and deviation in the file's metadata.

Legend: N items, D dimensions.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import BaseModel, Field, TypeAdapter

from crossmodal.data.parquet import ParquetReader
from crossmodal.errors import DataError
from crossmodal.files import atomic_path

Vectors = NDArray[np.float32]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Statistics(BaseModel, frozen=True, extra="forbid"):
    """Of each dimension, over the items that counted."""

    mean: list[Finite] = Field(min_length=1)
    deviation: list[Annotated[Finite, Field(ge=0)]] = Field(min_length=1)


class EmbeddingWriter:
    """Writes embeddings batch by batch and keeps the statistics of those that count."""

    def __init__(self, path: Path, key_type: pa.DataType, size: int) -> None:
        """`size`: dimensions D of every embedding."""
        vector = pa.list_(pa.float32(), size)
        fields = [("key", key_type), ("split", pa.string()), ("embedding", vector)]
        self.schema = pa.schema(fields)
        self.file = pq.ParquetWriter(path, self.schema)
        self.count = 0
        self.sums = np.zeros((2, size))

    def write(self, keys: Any, split: str, embeddings: Vectors, *, counts: bool = True) -> None:
        """Append float32 [N, D]; `counts`: whether they enter mean and deviation."""
        flat = pa.array(np.ascontiguousarray(embeddings, np.float32).ravel())
        columns = [
            pa.array(keys, self.schema.field("key").type),
            pa.array([split] * len(keys)),
            pa.FixedSizeListArray.from_arrays(flat, type=self.schema.field("embedding").type),
        ]
        self.file.write_table(pa.Table.from_arrays(columns, schema=self.schema))
        if counts:
            values = embeddings.astype(np.float64)
            self.count += len(values)
            self.sums += values.sum(0), (values**2).sum(0)

    def close(self) -> None:
        """Finish the file with the statistics."""
        mean = self.sums[0] / self.count
        deviation = np.sqrt(np.maximum(self.sums[1] / self.count - mean**2, 0))
        statistics = {"mean": mean.tolist(), "deviation": deviation.tolist()}
        self.file.add_key_value_metadata({"statistics": json.dumps(statistics)})
        self.file.close()


@contextmanager
def create_table(path: Path, key_type: pa.DataType, size: int) -> Iterator[EmbeddingWriter]:
    """An `EmbeddingWriter` whose file appears at `path` when the block ends well."""
    with atomic_path(path) as temporary:
        writer = EmbeddingWriter(temporary, key_type, size)
        yield writer
        writer.close()


class EmbeddingTable:
    """A file of embeddings, opened for reading.

    mean, deviation: float32 [D] over the items that counted.
    """

    def __init__(self, path: Path) -> None:
        """Raises DataError where the file is missing or damaged."""
        self.file = ParquetReader(path)
        statistics = self.file.read_metadata("statistics", TypeAdapter(Statistics))
        self.mean = np.array(statistics.mean, np.float32)
        self.deviation = np.array(statistics.deviation, np.float32)
        words = pa.field("key", pa.string()) in list(self.file.file.schema_arrow)
        key, vector = pa.string() if words else pa.int16(), pa.list_(pa.float32(), len(self.mean))
        self.columns = {"key": key, "split": pa.string(), "embedding": vector}
        self.file.check_types(self.columns)
        if len(self.mean) != len(self.deviation):
            raise self.file.damaged("its statistics are of several sizes")

    def batches(self, split: str) -> Iterator[tuple[NDArray[Any], Vectors]]:
        """(keys [N], embeddings float32 [N, D]) of a split, a few thousand at a time.

        Raises:
            DataError: the file is damaged, or a number is not finite.
        """
        for batch in self.file.batches(self.columns, 16_384):
            batch = batch.filter(pc.equal(batch.column("split"), split))
            if len(batch):
                flat = batch.column("embedding").flatten().to_numpy()
                if not np.isfinite(flat).all():
                    raise self.file.damaged("an embedding is not finite")
                yield batch.column("key").to_numpy(False), flat.reshape(len(batch), -1)

    def read(self, split: str) -> tuple[NDArray[Any], Vectors]:
        """All (keys [N], embeddings float32 [N, D]) of a split.

        Raises:
            DataError: as `batches`, or there is no such split.
        """
        found = list(self.batches(split))
        if not found:
            raise DataError(f"{self.file.path} has no split {split!r}")
        keys, vectors = zip(*found, strict=True)
        return np.concatenate(keys), np.concatenate(vectors)

    def standardize(self, vectors: Vectors) -> Vectors:
        """(vectors - mean) / deviation; a dimension that never varies becomes 0."""
        scale = np.where(self.deviation > 0, self.deviation, 1)
        return ((vectors - self.mean) / scale).astype(np.float32)
