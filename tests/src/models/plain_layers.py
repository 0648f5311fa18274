"""The convolutional layers as one would write them: the reference for the fast forms."""

import torch.nn.functional as F
from torch import nn

from crossmodal.models.autoencoder import Layers


class PlainConv(nn.Conv2d):
    def __init__(self, inputs, outputs, kernel):
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)


class PlainConvPool(PlainConv):
    def forward(self, images):
        return F.max_pool2d(F.relu(super().forward(images)), 2)


class PlainUpConv(PlainConv):
    def forward(self, images):
        return super().forward(F.interpolate(images, scale_factor=2, mode="nearest"))


class PlainDenseMap(nn.Linear):
    def __init__(self, inputs, shape):
        super().__init__(inputs, shape[0] * shape[1] * shape[2])
        self.shape = shape

    def forward(self, vectors):
        return F.relu(super().forward(vectors)).unflatten(1, self.shape)


PLAIN = Layers(PlainConv, PlainConvPool, PlainUpConv, PlainDenseMap)
