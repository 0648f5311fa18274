"""The convolutional layers as one would write them: the reference for the fast forms."""

import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.models.autoencoder import Layers


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
