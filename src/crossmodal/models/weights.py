"""Trained networks on disk: weights in safetensors, everything else in JSON.

Both are safe to open: neither format can run code.
"""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from crossmodal.errors import DataError, one_line
from crossmodal.files import atomic_path, check_file, read_json, write_json


def save_weights(path: Path, network: nn.Module, description: dict[str, Any]) -> None:
    """Write `path`.safetensors and `path`.json.

    Args:
        description: what `load_weights`'s caller needs to build the network again.
    """
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with atomic_path(path.with_suffix(".safetensors")) as temporary:
        # Not save_file, which says in a way of its own that the disk is full.
        temporary.write_bytes(save(tensors))
    write_json(path.with_suffix(".json"), description)


def read_description(path: Path) -> dict[str, Any]:
    """The description beside the weights.

    Raises:
        DataError: missing or damaged.
    """
    file = path.with_suffix(".json")
    description = read_json(file)
    if not isinstance(description, dict):
        raise DataError(f"{file} does not describe a network")
    return description


def load_weights(path: Path, network: nn.Module) -> None:
    """Fill a network of the right shape and set it to evaluation.

    Raises:
        DataError: missing, no regular file, damaged, or of another shape.
    """
    file = path.with_suffix(".safetensors")
    check_file(file)
    try:
        network.load_state_dict(load_file(file))
    except (SafetensorError, RuntimeError, OSError, ValueError) as error:
        raise DataError(f"{file} cannot be loaded: {one_line(error)}") from None
    network.eval()
