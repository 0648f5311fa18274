"""Reading shards of pairs: split by rank and worker, each record checked against the manifest.

Nothing is unpickled: of a record only the members that the manifest names are decoded, as .npy.
"""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import webdataset
from numpy.typing import NDArray
from torch.utils.data import DataLoader
from webdataset.tariterators import group_by_keys, tar_file_iterator

from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.pairs import checksum
from crossmodal.errors import DataError

Record = tuple[str, dict[str, NDArray[np.uint8]]]


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
        path = folder / MANIFEST
        try:
            file = pq.ParquetFile(path, page_checksum_verification=True)
            table, values = file.read(), json.loads(file.metadata.metadata[b"pairs"])
            self.shapes: dict[str, list[int]] = values["shapes"]
            self.block_size: int = values["block_size"]
            rows = table.filter(pc.equal(table["split"], split))
        except FileNotFoundError:
            raise DataError(f"{path} is missing") from None
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path} is damaged: {' '.join(str(error).split())}") from None
        shards = rows["shard"].unique().to_pylist()
        if not shards:
            raise DataError(f"{path} has no split {split!r}")
        # Of torchrun's environment or torch.distributed; all shards where there is neither.
        self.shards = list(webdataset.split_by_node(shards)) if by_rank else shards
        if not self.shards:
            raise DataError(f"{folder}: the split {split} has fewer shards than there are ranks")
        self.rows = rows.filter(pc.is_in(rows["shard"], pa.array(self.shards)))

    def read(self, workers: int = 0) -> Iterator[tuple[slice, dict[str, NDArray[np.uint8]]]]:
        """Every record once, in any order: which rows it holds, and its arrays by name.

        Args:
            workers: processes that read, each its own shards; 0 for this one.

        Raises:
            DataError: a shard is missing, cut short, altered, or not what the manifest says.
        """
        keys, starts = np.unique(self.rows["key"].to_numpy(), return_index=True)
        stops = np.append(starts[1:], len(self.rows))
        crcs = self.rows["crc32"].to_numpy()[starts]
        places = dict(zip(keys, map(slice, starts.tolist(), stops.tolist()), strict=True))
        decode = partial(read_shards, self.folder, dict(zip(keys, crcs, strict=True)), self.shapes)
        pipeline = webdataset.DataPipeline(
            partial(iter, self.shards), webdataset.split_by_worker, decode
        )
        # Without workers a DataLoader would only copy.
        loaded = DataLoader(pipeline, batch_size=None, num_workers=workers) if workers else pipeline
        for record in loaded:
            if isinstance(record, DataError):
                raise record
            key, arrays = record
            if key not in places:
                raise DataError(f"{self.folder}: record {key} is there twice")
            yield places.pop(key), arrays
        if places:
            raise DataError(f"{self.folder}: a shard is cut short: no record {min(places)}")


def read_shards(
    folder: Path, crcs: dict[str, int], shapes: dict[str, Any], names: Iterable[str]
) -> Iterator[Record | DataError]:
    """The records of some shards; a mistake comes as a value, to cross from worker to reader."""
    for name in names:
        try:
            with (folder / name).open("rb") as stream:
                members = (member | {"__url__": name} for member in tar_file_iterator(stream))
                for sample in group_by_keys(members):
                    yield decode(folder / name, sample, crcs, shapes)
        except FileNotFoundError:
            yield DataError(f"{folder / name} is missing")
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            yield DataError(f"{folder / name} is cut short or damaged: {reason}")
        except DataError as error:
            yield error


def decode(
    path: Path, sample: dict[str, Any], crcs: dict[str, int], shapes: dict[str, Any]
) -> Record:
    """One record's arrays, compared with the manifest's checksum before they are decoded."""
    key = sample["__key__"]
    members = {name: content for name, content in sample.items() if not name.startswith("__")}
    if key not in crcs:
        raise DataError(f"{path}: record {key} is not in the manifest")
    if members.keys() != {f"{name}.npy" for name in shapes} or checksum(members) != crcs[key]:
        raise DataError(f"{path}: record {key} disagrees with the manifest")
    read = partial(np.lib.format.read_array, allow_pickle=False)
    return key, {name: read(io.BytesIO(members[f"{name}.npy"])) for name in shapes}
