"""Maps that a frozen network made of every picture of a data set, precomputed.

A folder holds `SPLIT.npy`, float16 [N, C, h, w] in the order of the pairs' manifest, and
`manifest.json`, which says of which pairs and by which settings they were made.

Legend: N images, C channels, h and w places.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from crossmodal.errors import DataError
from crossmodal.files import read_json, write_json

Maps = NDArray[np.float16]
MANIFEST = "manifest.json"


def write_split(
    folder: Path, split: str, shape: tuple[int, ...], parts: Iterator[Maps]
) -> Iterator[int]:
    """Write a split's maps part by part; yields how many images are done.

    Args:
        shape: [N, C, h, w].
    """
    maps = open_memmap(folder / f"{split}.npy", "w+", np.float16, shape)
    done = 0
    for part in parts:
        maps[done : done + len(part)] = part
        done += len(part)
        yield done
    maps.flush()
    assert done == len(maps), f"{done} images of {len(maps)}"


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
    try:
        maps = open_memmap(path, "r")
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path} is damaged: {error}") from None
    if maps.dtype != np.float16 or maps.ndim != 4 or len(maps) != count:
        raise DataError(f"{path} does not hold maps of {count} images")
    return maps
