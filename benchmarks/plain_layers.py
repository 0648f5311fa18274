"""Layers and losses as one would write them: the reference for the fast forms."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.models.mapping.autoencoder import Autoencoder, Layers


class PlainConv(nn.Conv2d):
    """Convolution with same padding: [B, in, H, W] -> [B, out, H, W]."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)


class PlainConvPool(PlainConv):
    """Convolution, ReLU, max-pooling: [B, in, H, W] -> [B, out, H / 2, W / 2]."""

    def forward(self, images: Tensor) -> Tensor:
        """Shapes as the class says."""
        return F.max_pool2d(F.relu(super().forward(images)), 2)


class PlainUpConv(PlainConv):
    """Nearest upsampling, convolution: [B, in, H, W] -> [B, out, 2 H, 2 W]."""

    def forward(self, images: Tensor) -> Tensor:
        """Shapes as the class says."""
        return super().forward(F.interpolate(images, scale_factor=2, mode="nearest"))


class PlainDenseMap(nn.Linear):
    """Dense layer, ReLU, unflatten: [B, in] -> [B, *shape]."""

    def __init__(self, inputs: int, shape: tuple[int, int, int]) -> None:
        super().__init__(inputs, shape[0] * shape[1] * shape[2])
        self.shape = shape

    def forward(self, vectors: Tensor) -> Tensor:
        """Shapes as the class says."""
        return F.relu(super().forward(vectors)).unflatten(1, self.shape)


PLAIN = Layers(PlainConv, PlainConvPool, PlainUpConv, PlainDenseMap)


def plain_loss(network: Autoencoder, images: Tensor) -> Tensor:
    """The loss of uint8 images [B, C, H, W] in their usual memory format, nats an image."""
    targets = images.float() / 255
    features = network.encoder(targets)
    embeddings = network.mean(features)
    divergence = torch.zeros(())
    if network.log_variance is not None:
        log_variance = network.log_variance(features)
        divergence = -0.5 * (1 + log_variance - embeddings.square() - log_variance.exp()).sum()
        embeddings = embeddings + torch.randn_like(embeddings) * torch.exp(0.5 * log_variance)
    logits = network.decoder(embeddings)
    cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    return (cross_entropy + divergence) / len(images)
