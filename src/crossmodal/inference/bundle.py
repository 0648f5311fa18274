"""A trained model as one folder: described, checked, byte-reproducible, copied as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from crossmodal.errors import DataError
from crossmodal.files import atomic_path, write_json
from crossmodal.inference.description import (
    CARD,
    DESCRIPTION,
    FORMAT,
    WEIGHTS,
    Description,
    hash_values,
    list_files,
    parse_json,
    read_description,
)

# The largest bundle of the default scale has about 480 tensors and a header of 65 kB.
MAX_TENSORS, MAX_HEADER = 10_000, 2 * 2**20
Size = tuple[torch.dtype, tuple[int, ...]]
Sizes = dict[str, Size]


@dataclass(frozen=True)
class Bundle:
    """A description with the tensors that belong to it."""

    description: Description
    tensors: dict[str, Tensor]

    def check(self, sizes: Mapping[str, Size]) -> None:
        """Compare all tensors with what the description asks for.

        Raises:
            DataError: one is missing, unknown, or of another type or size.
        """
        weights = self.description.path.with_name(WEIGHTS)
        for name in sorted(sizes.keys() | self.tensors.keys()):
            found, asked = self.tensors.get(name), sizes.get(name)
            actual = None if found is None else (found.dtype, tuple(found.shape))
            if actual != asked:
                raise DataError(f"{weights}: {name} is {actual}, {DESCRIPTION} asks for {asked}")

    def fill(self, networks: Mapping[str, nn.Module]) -> None:
        """Load the tensors called NAME.* into the network NAME, set to evaluation."""
        for name, network in networks.items():
            keys = network.state_dict()
            network.load_state_dict({key: self.tensors[f"{name}.{key}"] for key in keys})
            network.eval()


def name_tensors(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """All tensors of the networks, called NAME.* after their network."""
    return {
        f"{name}.{key}": tensor
        for name, network in networks.items()
        for key, tensor in network.state_dict().items()
    }


def sizes_of(networks: Mapping[str, nn.Module]) -> Sizes:
    """The types and sizes of all tensors of the networks."""
    tensors = name_tensors(networks).items()
    return {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors}


def read_bundle(folder: Path) -> Bundle:
    """Read the bundle in `folder`.

    Raises:
        DataError: a file is missing, damaged, altered or no regular file, or of another format, or
            a weight is no number.
    """
    description = read_description(folder)
    return make_bundle(description, description.read(WEIGHTS))


def make_bundle(description: Description, content: bytes) -> Bundle:
    """The tensors of a weights file's `content` with their description; raises DataError."""
    path = description.path.with_name(WEIGHTS)
    check_header(content, path)
    try:
        tensors = load(content)
        check_finite(tensors, path)
        return Bundle(description, tensors)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise DataError(f"{path} cannot be loaded: {error}") from None


def check_header(content: bytes, path: Path) -> None:
    """Bound the header of a safetensors file, before anything is made of it; raises DataError."""
    size = int.from_bytes(content[:8], "little")
    if not 0 < size <= min(MAX_HEADER, len(content) - 8):
        raise DataError(f"{path} cannot be loaded: its header has {size} bytes")
    header = parse_json(content[8 : 8 + size], path)
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise DataError(f"{path} cannot be loaded: allowed are up to {MAX_TENSORS} tensors")


def check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raises DataError where a value is infinite or not a number: no answer could be right."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise DataError(f"{path}: {name} holds values that are no numbers; train it again")


def write_bundle(
    folder: Path, bundle: Bundle, write_card: Callable[[Mapping[str, Any]], str]
) -> None:
    """Write a bundle, whole or not at all; the same content gives the same bytes.

    Args:
        bundle: its description needs neither format nor checksums.
        write_card: makes the model card of the description, in which only the card is not listed.

    Raises:
        DataError: a weight is no number.
    """
    check_finite(bundle.tensors, folder / WEIGHTS)
    tensors = {name: tensor.contiguous() for name, tensor in bundle.tensors.items()}
    contents = {WEIGHTS: save(tensors)}
    values = {**bundle.description.values, "format": FORMAT, "files": list_files(contents)}
    contents[CARD] = write_card(values).encode()
    values["files"] = list_files(contents)
    with atomic_path(folder) as temporary:
        write_files(temporary, values, contents)


def write_files(folder: Path, values: dict[str, Any], contents: Mapping[str, bytes]) -> None:
    """Make `folder`: a description and the files that it lists."""
    folder.mkdir()
    for name, content in contents.items():
        # By path, not by `save_file`, which would make a file that only its owner may read.
        (folder / name).write_bytes(content)
    write_json(folder / DESCRIPTION, {**values, "self_sha256": hash_values(values)})
