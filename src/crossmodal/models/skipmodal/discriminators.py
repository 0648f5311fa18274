"""What tells real from generated in the CycleGAN baseline (paper B, section 4.1).

The paper names no discriminators. Both here score patches, as CycleGAN's do, and end without a
sigmoid: the least-squares loss wants raw scores. Legend: B items, C channels, T mel frames.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.models.skipmodal.masking import valid_frames

SLOPE = 0.2


class ImageDiscriminator(nn.Module):
    """Images [B, 3, H, W], sides of 16 pixels and more, to scores of patches [B, 1, H/8, W/8].

    Conv2D(C, 4, 2), Conv2D(2C, 4, 2), Conv2D(4C, 4, 2), each with LeakyReLU(0.2), the latter two
    with instance normalization; Conv2D(1, 3, 1).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, channels, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for width in (channels, 2 * channels):
            # No bias: the normalization would take it away again.
            layers += [nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False)]
            layers += [nn.InstanceNorm2d(2 * width), nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * channels, 1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Scores of patches; 1 for real."""
        return self.layers(images)


class SpeechDiscriminator(nn.Module):
    """Mel spectrograms [B, T, 80] to scores [B, T / 4] over time.

    Conv1D(C, 5, 2), Conv1D(2C, 5, 2), Conv1D(1, 3, 1) over time, the mels being channels;
    LeakyReLU(0.2) between. No normalization: what is padded must not matter.
    """

    def __init__(self, channels: int, mels: int = 80) -> None:
        super().__init__()
        self.first = nn.Conv1d(mels, channels, 5, 2, 2)
        self.second = nn.Conv1d(channels, 2 * channels, 5, 2, 2)
        self.last = nn.Conv1d(2 * channels, 1, 3, 1, 1)

    def forward(self, mels: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and, as bool of the same shape, which of them belong to an item.

        Args:
            frames: of each item, int64 [B]; what lies behind is ignored.
        """
        x = self.mask(mels.transpose(1, 2), frames)  # B, 80, T
        for layer in (self.first, self.second):
            frames = (frames + 1) // 2
            x = self.mask(F.leaky_relu(layer(x), SLOPE), frames)
        return self.last(x)[:, 0], valid_frames(frames, x.shape[2])

    @staticmethod
    def mask(x: Tensor, frames: Tensor) -> Tensor:
        """Zero behind each item's end, [B, C, T]; a convolution's bias would fill it."""
        return x * valid_frames(frames, x.shape[2])[:, None]
