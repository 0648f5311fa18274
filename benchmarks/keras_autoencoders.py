"""The auto-encoders of paper A in Keras 3, which the paper was written with, on torch."""

import os
from math import prod

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
from keras import layers, ops

from crossmodal.models.mapping.names import AutoencoderName


class Sampling(layers.Layer):  # type: ignore[misc]
    """Draws an embedding from mean and log-variance; adds the divergence to the loss."""

    def call(self, inputs):  # type: ignore[no-untyped-def]
        """Two tensors [B, D] -> [B, D]."""
        mean, log_variance = inputs
        divergence = -0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=1)
        self.add_loss(ops.mean(divergence))
        return mean + keras.random.normal(ops.shape(mean)) * ops.exp(log_variance / 2)


def cross_entropy(targets, predictions):  # type: ignore[no-untyped-def]
    """Summed over pixels, mean over the batch."""
    return ops.sum(ops.binary_crossentropy(targets, predictions), axis=(1, 2, 3))


def encoder_layers(name: AutoencoderName) -> list[layers.Layer]:
    """Image to features."""
    if name == "conv_vae":
        convolutions = [conv(8, 5), layers.MaxPooling2D(), conv(8, 5), layers.MaxPooling2D()]
        return [*convolutions, layers.Flatten(), layers.Dense(256, "relu")]
    if name == "conv_ae":
        convolutions = [conv(16, 3), layers.MaxPooling2D(), conv(8, 3), layers.MaxPooling2D()]
        return [*convolutions, layers.Flatten()]
    return [layers.Flatten(), layers.Dense(256, "relu")]


def decoder_layers(name: AutoencoderName, shape: tuple[int, int, int]) -> list[layers.Layer]:
    """Embedding to pixels."""
    h, w, c = shape
    last = layers.Conv2D(c, 5, padding="same", activation="sigmoid")
    if name == "conv_vae":
        dense = [layers.Dense(2 * h * w, "relu"), layers.Reshape((h // 2, w // 2, 8))]
        return [*dense, conv(8, 5), layers.UpSampling2D(), last]
    if name == "conv_ae":
        dense = [layers.Dense(h * w // 2, "relu"), layers.Reshape((h // 4, w // 4, 8))]
        middle = [conv(8, 3), layers.UpSampling2D(), conv(16, 3), layers.UpSampling2D()]
        return [*dense, *middle, last]
    pixels = layers.Dense(prod(shape), "sigmoid")
    return [layers.Dense(256, "relu"), pixels, layers.Reshape(shape)]


def conv(channels: int, kernel: int) -> layers.Layer:
    """Convolution with same padding, ReLU."""
    return layers.Conv2D(channels, kernel, padding="same", activation="relu")


def build_keras(name: AutoencoderName, image_shape: tuple[int, int, int], size: int) -> keras.Model:
    """A compiled network for images [B, H, W, C] in [0, 1]; `image_shape` is (C, H, W)."""
    c, h, w = image_shape
    images = features = layers.Input((h, w, c))
    for layer in encoder_layers(name):
        features = layer(features)
    embeddings = layers.Dense(size)(features)
    if name.endswith("vae"):
        embeddings = Sampling()([embeddings, layers.Dense(size)(features)])
    outputs = embeddings
    for layer in decoder_layers(name, (h, w, c)):
        outputs = layer(outputs)
    network = keras.Model(images, outputs)
    network.compile(optimizer="adam", loss=cross_entropy)
    return network
