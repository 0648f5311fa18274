"""Trained networks on disk: weights in safetensors, everything else in JSON.

Both are safe to open: neither format can run code.
"""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from crossmodal.errors import DataError
from crossmodal.files import atomic_path, read_json, write_json


def save_weights(path: Path, network: nn.Module, description: dict[str, Any]) -> None:
    """Write `path`.safetensors and `path`.json.

    Args:
        description: what `load_weights`'s caller needs to build the network again.
    """
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with atomic_path(path.with_suffix(".safetensors")) as temporary:
        save_file(tensors, temporary)
    write_json(path.with_suffix(".json"), description)


def read_description(path: Path) -> dict[str, Any]:
    """The description beside the weights.

    Raises:
        DataError: missing or damaged.
    """
    description: dict[str, Any] = read_json(path.with_suffix(".json"))
    return description


def load_weights(path: Path, network: nn.Module) -> None:
    """Fill a network of the right shape and set it to evaluation.

    Raises:
        DataError: missing, damaged, or of another shape.
    """
    file = path.with_suffix(".safetensors")
    try:
        network.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise DataError(f"{file} is missing") from None
    except (SafetensorError, RuntimeError, OSError) as error:
        raise DataError(f"{file} cannot be loaded: {error}") from None
    network.eval()
