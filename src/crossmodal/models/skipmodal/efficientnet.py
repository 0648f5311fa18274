"""EfficientNet-Lite0 (Tan and Le 2019, without excitation and with ReLU6), frozen.

Its weights are those of ImageNet with batch normalisation folded into the convolutions, kept as
buffers: no training can change them. The last convolution and the classes are left out.

Legend: B items, H and W pixels, C channels, h and w places.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from crossmodal.config.skipmodal.pretrained import STRIDES, PretrainedMaps
from crossmodal.errors import DataError

STEM = 32
# Images that go through at once: what they need between layers still fits a processor's cache.
PIECE = 8


class Stage(NamedTuple):
    """Blocks of one form; the first has the stride and changes the channels."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class FrozenConvolution(nn.Module):
    """Convolution with a bias, padded like TensorFlow's "SAME"; ReLU6 where `active`."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        active: bool = True,
    ) -> None:
        super().__init__()
        self.stride, self.groups, self.active = stride, groups, active
        self.register_buffer("weight", torch.zeros(outputs, inputs // groups, kernel, kernel))
        self.register_buffer("bias", torch.zeros(outputs))

    def forward(self, maps: Tensor) -> Tensor:
        """B, C, h, w -> B, C', h / stride, w / stride, rounded up."""
        pads: list[int] = []
        for side in (maps.shape[3], maps.shape[2]):
            missing = max(self.weight.shape[2] - (side % self.stride or self.stride), 0)
            # What cannot be halved goes to the right and below.
            pads += [missing // 2, missing - missing // 2]
        padded = F.pad(maps, pads) if any(pads) else maps
        outputs = F.conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)
        return F.relu6(outputs) if self.active else outputs


class FrozenBlock(nn.Module):
    """More channels, a convolution of each, fewer channels; added to its input if of its shape."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = inputs * stage.expansion
        expand = [FrozenConvolution(inputs, wide)] if stage.expansion > 1 else []
        each = FrozenConvolution(wide, wide, stage.kernel, stride, groups=wide)
        self.layers = nn.Sequential(
            *expand, each, FrozenConvolution(wide, stage.channels, active=False)
        )
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, maps: Tensor) -> Tensor:
        """B, C, h, w -> B, C', h / stride, w / stride."""
        outputs: Tensor = self.layers(maps)
        return outputs + maps if self.residual else outputs


class EfficientNetLite0(nn.Module):
    """The first stages, up to seven, and the maps of some of them.

    | stage | output (128 x 128 pixels) |
    | --- | --- |
    | convolution 3 x 3, stride 2 | B, 32, 64, 64 |
    | 1: a block, kernel 3 | B, 16, 64, 64 |
    | 2: 2 blocks, kernel 3 | B, 24, 32, 32 |
    | 3: 2 blocks, kernel 5 | B, 40, 16, 16 |
    | 4: 3 blocks, kernel 3 | B, 80, 8, 8 |
    | 5: 3 blocks, kernel 5 | B, 112, 8, 8 |
    | 6: 4 blocks, kernel 5 | B, 192, 4, 4 |
    | 7: a block, kernel 3 | B, 320, 4, 4 |

    Of stages 3 and 5: [B, 4 x 40 + 112, 8, 8].
    """

    def __init__(self, config: PretrainedMaps) -> None:
        super().__init__()
        self.config = config
        self.stem = FrozenConvolution(3, STEM, 3, 2)
        self.stages = nn.ModuleList()
        inputs = STEM
        for stage in STAGES[: config.stages[-1]]:
            blocks = nn.Sequential()
            for number in range(stage.blocks):
                blocks.append(FrozenBlock(inputs, stage, 1 if number else stage.stride))
                inputs = stage.channels
            self.stages.append(blocks)

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, side and side of the maps."""
        config = self.config
        folded = {stage: (config.stride // STRIDES[stage - 1]) ** 2 for stage in config.stages}
        channels = sum(STAGES[stage - 1].channels * places for stage, places in folded.items())
        return channels, config.side, config.side

    def forward(self, pixels: Tensor) -> Tensor:
        """[B, 3, size, size] in [0, 1] -> [B, C, side, side]; C in the order of the stages.

        A finer map's square of places that fall on one place become channels of it.
        """
        # In this layout the network takes a fifth less time.
        scaled = ((pixels * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        maps, kept = self.stem(scaled), []
        for number, stage in enumerate(self.stages, 1):
            maps = stage(maps)
            if number in self.config.stages:
                kept.append(F.pixel_unshuffle(maps, self.config.stride // STRIDES[number - 1]))
        return torch.cat(kept, 1)


@torch.no_grad()
def embed_pixels(network: EfficientNetLite0, images: Tensor) -> Tensor:
    """Pictures as the network sees them, in the precision in which they are stored.

    Args:
        images: [B, 3, H, W] in [0, 1], of any size.

    Returns:
        float16 [B, C, side, side].
    """
    size = (network.config.size, network.config.size)
    parts = []
    for piece in images.float().split(PIECE):
        resized = F.interpolate(piece, size, mode="bilinear", antialias=True)
        parts.append(network(resized).half())
    return torch.cat(parts)


def fill_frozen(network: EfficientNetLite0, tensors: Mapping[str, Tensor]) -> None:
    """Give the network its weights; those of stages that it does not have are left.

    Raises:
        DataError: a tensor is missing or of another shape.
    """
    own = {name: tensors[name] for name in network.state_dict().keys() & tensors.keys()}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise DataError(f"these are not EfficientNet-Lite0's weights: {error}") from None


def load_frozen(network: EfficientNetLite0, path: Path) -> None:
    """The same from a safetensors file.

    Raises:
        DataError: it is missing, damaged, or does not hold these weights.
    """
    try:
        fill_frozen(network, load_file(path))
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path} cannot be loaded: {error}") from None
