"""The baseline "direct (conv)": from a text or speech embedding straight to pixels.

Paper A, section 4: a convolutional network like DCGAN's. The paper gives no sizes; here it is
DCGAN's generator cut to 28 x 56 pixels: dense to a 7 x 14 map, two transposed convolutions of
4 x 4 with stride 2 and batch normalisation, ReLU, sigmoid. It has no random input, so it learns
a mean image for each class.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from crossmodal.models.weights import load_weights, read_description


class DirectGenerator(nn.Module):
    """Embeddings [B, E] -> images [B, C, 28, 56]."""

    def __init__(self, source_size: int, image_shape: tuple[int, int, int], channels: int) -> None:
        """`channels`: feature maps at 7 x 14, halved at 14 x 28."""
        super().__init__()
        c, h, w = image_shape
        self.layers = nn.Sequential(
            nn.Linear(source_size, channels * h * w // 16),
            nn.Unflatten(1, (channels, h // 4, w // 4)),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, channels // 2, 4, stride=2, padding=1),
            nn.BatchNorm2d(channels // 2),
            nn.ReLU(),
            nn.ConvTranspose2d(channels // 2, c, 4, stride=2, padding=1),
        )

    def forward(self, sources: Tensor) -> Tensor:
        """Logits [B, C, 28, 56]."""
        return self.layers(sources)

    def generate(self, sources: Tensor) -> Tensor:
        """Images [B, C, 28, 56] in [0, 1]."""
        return torch.sigmoid(self(sources))


def load_direct(path: Path) -> DirectGenerator:
    """Build the baseline that `save_weights` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    known = read_description(path)
    network = DirectGenerator(known["source_size"], tuple(known["image_shape"]), known["channels"])
    load_weights(path, network)
    return network
