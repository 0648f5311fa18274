"""Maps that a frozen network made of every picture of a data set, precomputed.

A folder holds `SPLIT.npy`, float16 [N, C, h, w] in the order of the pairs' manifest, and
`manifest.json`, which says of which pairs and by which settings they were made.

Legend: N images, C channels, h and w places.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap, write_array_header_1_0
from numpy.typing import NDArray

from crossmodal.data.records import MALFORMED
from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file, read_json, write_json

Maps = NDArray[np.float16]
MANIFEST = "manifest.json"


def write_split(
    folder: Path, split: str, shape: tuple[int, ...], parts: Iterator[Maps]
) -> Iterator[int]:
    """Write a split's maps part by part; yields how many images are done.

    Args:
        shape: [N, C, h, w].
    """
    done = 0
    # Not through a memory map, which a full disk ends by a signal without a word.
    with (folder / f"{split}.npy").open("wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": shape}
        write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part, "<f2").data)
            done += len(part)
            yield done
    assert done == shape[0], f"{done} images of {shape[0]}"


def write_manifest(folder: Path, origin: dict[str, Any]) -> None:
    """Say what the maps are of; without it they cannot be opened."""
    write_json(folder / MANIFEST, origin)


def open_maps(folder: Path, split: str, origin: dict[str, Any], count: int) -> Maps:
    """A split's maps as a memory map, [N, C, h, w].

    Args:
        origin: what `write_manifest` was given, as JSON can hold it.
        count: N.

    Raises:
        DataError: they are missing, damaged, or of something else.
    """
    found = read_json(folder / MANIFEST)
    if found != origin:
        raise DataError(f"the maps in {folder} are of {found}, but needed are those of {origin}")
    path = folder / f"{split}.npy"
    check_file(path)
    try:
        maps = open_memmap(path, "r")
    except MALFORMED as error:
        raise DataError(f"{path} is damaged: {one_line(error)}") from None
    if maps.dtype != np.float16 or maps.ndim != 4 or len(maps) != count:
        raise DataError(f"{path} does not hold maps of {count} images")
    return maps
