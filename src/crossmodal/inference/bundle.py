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
Sizes = Mapping[str, tuple[torch.dtype, tuple[int, ...]]]


@dataclass(frozen=True)
class Bundle:
    """A description with the tensors that belong to it."""

    description: Description
    tensors: dict[str, Tensor]

    def check(self, sizes: Sizes) -> None:
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

    def fill(self, prefix: str, network: nn.Module) -> None:
        """Load the tensors called `prefix`.NAME, already checked, and set to evaluation."""
        start = f"{prefix}."
        names = [name for name in self.tensors if name.startswith(start)]
        network.load_state_dict({name.removeprefix(start): self.tensors[name] for name in names})
        network.eval()


def sizes_of(prefix: str, network: nn.Module) -> Sizes:
    """The types and sizes of a network's tensors; it may be on the device `meta`."""
    state = network.state_dict().items()
    return {f"{prefix}.{name}": (value.dtype, tuple(value.shape)) for name, value in state}


def read_bundle(folder: Path) -> Bundle:
    """Read the bundle in `folder`.

    Raises:
        DataError: a file is missing, damaged or altered, or of another format.
    """
    description = read_description(folder)
    path = folder / WEIGHTS
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES} bytes")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != description.sha256:
            raise DataError(f"{path} is damaged or altered: its checksum is wrong; export it again")
        return Bundle(description, load(content))
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise DataError(f"{path} cannot be loaded: {error}") from None


def write_bundle(
    folder: Path,
    values: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    write_card: Callable[[Mapping[str, Any]], str],
) -> None:
    """Write a bundle, whole or not at all; the same input gives the same bytes.

    Args:
        values: of `model.json`, but for format and checksums.
        write_card: makes the model card of the complete values.
    """
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        # save_file would make a file that only its owner may read.
        (temporary / WEIGHTS).write_bytes(save(contiguous))
        known = {**values, "format": FORMAT, "sha256": sha256(temporary / WEIGHTS)}
        known["self_sha256"] = hash_values(known)
        write_json(temporary / DESCRIPTION, known)
        write_text(temporary / CARD, write_card(known))
