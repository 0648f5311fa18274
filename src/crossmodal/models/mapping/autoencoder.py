"""The image auto-encoders of paper A (supplement A.1), 100-dimensional embeddings.

Legend: B batch, C channels (1 or 3), H = 28, W = 56, D embedding size.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.models.mapping.convolution import Conv2d, ConvPool2d, DenseMap, UpConv2d
from crossmodal.models.mapping.names import AutoencoderName
from crossmodal.models.weights import load_weights, read_description


@dataclass(frozen=True)
class Losses:
    """Means over the batch, in nats an image: what is minimised is their sum."""

    reconstruction: Tensor
    divergence: Tensor


class Autoencoder(nn.Module):
    """An encoder to one vector (or to mean and log-variance) and a decoder to logits."""

    def __init__(
        self, encoder: nn.Module, features: int, decoder: nn.Module, size: int, variational: bool
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.mean = nn.Linear(features, size)
        self.log_variance = nn.Linear(features, size) if variational else None
        self.decoder = decoder

    def encode(self, images: Tensor) -> Tensor:
        """uint8 [B, C, H, W] -> embeddings [B, D]; of a variational one the mean."""
        return self.mean(self.encoder(scale(images)))

    def decode(self, embeddings: Tensor) -> Tensor:
        """Embeddings [B, D] -> images [B, C, H, W] in [0, 1]."""
        return torch.sigmoid(self.decoder(embeddings))

    def losses(self, images: Tensor, generator: torch.Generator) -> Losses:
        """Binary cross-entropy summed over pixels, and the divergence from N(0, 1).

        Args:
            images: uint8 [B, C, H, W].
            generator: draws the noise of a variational auto-encoder.
        """
        targets = scale(images)
        features = self.encoder(targets)
        embeddings = self.mean(features)
        divergence = embeddings.new_zeros(())
        if self.log_variance is not None:
            log_variance = self.log_variance(features)
            divergence = gaussian_divergence(embeddings, log_variance)
            noise = torch.randn(embeddings.shape, generator=generator, device=generator.device)
            embeddings = embeddings + noise * torch.exp(log_variance / 2)
        logits = self.decoder(embeddings)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        return Losses(cross_entropy / len(images), divergence)


def scale(images: Tensor) -> Tensor:
    """uint8 -> float in [0, 1], channels last."""
    return images.float().div_(255).contiguous(memory_format=torch.channels_last)


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) summed over D, mean over the batch."""
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum() / len(mean)


@dataclass(frozen=True)
class Layers:
    """The layer classes a convolutional network is built of; others serve as a reference."""

    conv: type[nn.Module] = Conv2d
    conv_pool: type[nn.Module] = ConvPool2d
    up_conv: type[nn.Module] = UpConv2d
    dense_map: type[nn.Module] = DenseMap


Shape = tuple[int, int, int]  # C, H, W


def build_mlp(image_shape: Shape, size: int, layers: Layers, variational: bool) -> Autoencoder:
    """C H W -> 256 -> D -> 256 -> C H W; no convolutions, so `layers` is not used."""
    pixels = prod(image_shape)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 256), nn.ReLU())
    decoder = nn.Sequential(
        nn.Linear(size, 256), nn.ReLU(), nn.Linear(256, pixels), nn.Unflatten(1, image_shape)
    )
    return Autoencoder(encoder, 256, decoder, size, variational)


def build_conv_vae(image_shape: Shape, size: int, layers: Layers) -> Autoencoder:
    """Convolutions of 5 x 5; dense layers of 256 and 3136.

    The paper leaves two counts open: two convolutions are read into "2D convolution layers" of the
    encoder, and 8 x 14 x 28 into the 3136 of the decoder.
    """
    c, h, w = image_shape
    encoder = nn.Sequential(
        layers.conv_pool(c, 8, 5),  # 8, H/2, W/2
        layers.conv_pool(8, 8, 5),  # 8, H/4, W/4
        nn.Flatten(),
        nn.Linear(8 * h * w // 16, 256),
        nn.ReLU(),
    )
    decoder = nn.Sequential(
        layers.dense_map(size, (8, h // 2, w // 2)),
        layers.conv(8, 8, 5),
        nn.ReLU(),
        layers.up_conv(8, c, 5),  # C, H, W
    )
    return Autoencoder(encoder, 256, decoder, size, variational=True)


def build_conv_ae(image_shape: Shape, size: int, layers: Layers) -> Autoencoder:
    """Convolutions of 3 x 3, the last of 5 x 5; the decoder's 784 are 8 x 7 x 14."""
    c, h, w = image_shape
    encoder = nn.Sequential(
        layers.conv_pool(c, 16, 3),  # 16, H/2, W/2
        layers.conv_pool(16, 8, 3),  # 8, H/4, W/4
        nn.Flatten(),
    )
    decoder = nn.Sequential(
        layers.dense_map(size, (8, h // 4, w // 4)),
        layers.conv(8, 8, 3),
        nn.ReLU(),
        layers.up_conv(8, 16, 3),  # 16, H/2, W/2
        nn.ReLU(),
        layers.up_conv(16, c, 5),  # C, H, W
    )
    return Autoencoder(encoder, 8 * h * w // 16, decoder, size, variational=False)


BUILDERS: dict[AutoencoderName, Callable[[Shape, int, Layers], Autoencoder]] = {
    "conv_vae": build_conv_vae,
    "mlp_vae": partial(build_mlp, variational=True),
    "conv_ae": build_conv_ae,
    "mlp_ae": partial(build_mlp, variational=False),
}


def build_autoencoder(
    name: AutoencoderName, image_shape: Shape, size: int, layers: Layers | None = None
) -> Autoencoder:
    """A new network with random weights.

    Args:
        name: of AUTOENCODERS.
        image_shape: C, H, W, both sides divisible by 4.
        size: D, the embedding's dimensions.
        layers: other classes of the same parameters, for comparison.
    """
    return BUILDERS[name](image_shape, size, layers or Layers())


def load_autoencoder(path: Path) -> Autoencoder:
    """Build the auto-encoder that `save_weights` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    known = read_description(path)
    network = build_autoencoder(
        known["model"], tuple(known["image_shape"]), known["embedding_size"]
    )
    load_weights(path, network)
    return network
