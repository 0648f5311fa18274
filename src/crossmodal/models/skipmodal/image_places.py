"""From the pixels of a picture to what stands at each of its places, by plain convolutions.

Legend: B items, C channels, h and w the places' rows and columns.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from crossmodal.config.skipmodal.slots import SlotNetworkSettings


def convolve(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, BN, ReLU."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU())


class PlainPlaces(nn.Module):
    """Shapes are read from brightness, colours from a small picture.

    | layer | output (64 x 64 pixels) |
    | --- | --- |
    | input: the brightest channel of each pixel | B, 1, 64, 64 |
    | convolution 5 x 5, stride 2, BN, ReLU | B, 32, 32, 32 |
    | convolution 3 x 3, stride 2, BN, ReLU | B, 64, 16, 16 |
    | the same | B, 96, 8, 8 |
    | convolution 3 x 3, BN, ReLU: shapes | B, 128, 8, 8 |
    | of the coloured picture: mean of 4 x 4 pixels | B, 3, 16, 16 |
    | convolution 3 x 3, stride 2, BN, ReLU: colours | B, 32, 8, 8 |
    | both | B, C = 160, 8, 8 |

    What is learned of a digit's shape then holds in every colour, also in one that the digit was
    never seen in. Without `brightness` the shapes are read from all three channels.
    """

    def __init__(self, sizes: SlotNetworkSettings) -> None:
        super().__init__()
        *halving, last = sizes.image_channels
        brightness = sizes.additions.brightness
        layers = [convolve(1 if brightness else 3, halving[0], kernel=5, stride=2)]
        layers += [convolve(*pair, stride=2) for pair in pairwise(halving)]
        self.shapes = nn.Sequential(*layers, convolve(halving[-1], last))
        small, colors = nn.AvgPool2d(2 ** (len(halving) - 1)), sizes.color_channels
        both = nn.Sequential(small, convolve(3, colors, stride=2))
        self.colors = both if brightness else None
        self.channels = last + colors if brightness else last

    def forward(self, images: Tensor) -> Tensor:
        """[B, 3, H, W] in [0, 1] -> [B, C, h, w]."""
        if self.colors is None:
            shapes: Tensor = self.shapes(images)
            return shapes
        return torch.cat([self.shapes(images.amax(1, keepdim=True)), self.colors(images)], 1)
