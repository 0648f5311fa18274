"""A trained model as one folder: described, checked, byte-reproducible, copied as it is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from crossmodal.errors import DataError
from crossmodal.files import atomic_path, sha256, write_json, write_text
from crossmodal.inference.description import (
    CARD,
    DESCRIPTION,
    FORMAT,
    WEIGHTS,
    Description,
    hash_values,
    read_description,
)

MAX_BYTES = 2**30
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
        DataError: a file is missing, damaged or altered, or of another format.
    """
    description = read_description(folder)
    path = folder / WEIGHTS
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path} is no file")
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES} bytes")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != description.sha256:
            raise DataError(f"{path} is damaged or altered: its checksum is wrong; export it again")
        return Bundle(description, load(content))
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise DataError(f"{path} cannot be loaded: {error}") from None


def write_bundle(
    folder: Path, bundle: Bundle, write_card: Callable[[Mapping[str, Any]], str]
) -> None:
    """Write a bundle, whole or not at all; the same content gives the same bytes.

    Args:
        bundle: its description needs neither format nor checksums.
        write_card: makes the model card of the complete description.
    """
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        tensors = {name: tensor.contiguous() for name, tensor in bundle.tensors.items()}
        # save_file would make a file that only its owner may read.
        (temporary / WEIGHTS).write_bytes(save(tensors))
        checksum = sha256(temporary / WEIGHTS)
        values = {**bundle.description.values, "format": FORMAT, "sha256": checksum}
        values["self_sha256"] = hash_values(values)
        write_json(temporary / DESCRIPTION, values)
        write_text(temporary / CARD, write_card(values))
