"""What a training step is fed: pairs of data set A (image, text) and of data set B (text, speech).

Shapes: B items, L characters, T mel frames, H and W pixels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Texts:
    """`symbols` int64 [B, L], padded with 0; `lengths` int64 [B], the end symbol counted."""

    symbols: Tensor
    lengths: Tensor

    def to(self, device: torch.device) -> "Texts":
        """The same on a device."""
        return Texts(self.symbols.to(device), self.lengths.to(device))


@dataclass(frozen=True)
class Speech:
    """`mels` float32 [B, T, 80] in [0, 1], padded with 0 (silence); `frames` int64 [B].

    `linears` float32 [B, T, 1025], padded likewise, where a net from mel to linear is trained.
    """

    mels: Tensor
    frames: Tensor
    linears: Tensor | None = None

    def to(self, device: torch.device) -> "Speech":
        """The same on a device."""
        linears = None if self.linears is None else self.linears.to(device)
        return Speech(self.mels.to(device), self.frames.to(device), linears)


@dataclass(frozen=True)
class ImageTextBatch:
    """Pairs of data set A; `images` float32 [B, 3, H, W] in [0, 1].

    `maps` float32 [B, C, h, w]: what a pretrained network made of them, where it was precomputed.
    """

    images: Tensor
    texts: Texts
    maps: Tensor | None = None

    @property
    def inputs(self) -> Tensor:
        """What an image encoder reads."""
        return self.images if self.maps is None else self.maps

    def to(self, device: torch.device) -> "ImageTextBatch":
        """The same on a device."""
        maps = None if self.maps is None else self.maps.to(device)
        return ImageTextBatch(self.images.to(device), self.texts.to(device), maps)


@dataclass(frozen=True)
class TextSpeechBatch:
    """Pairs of data set B."""

    texts: Texts
    speech: Speech

    def to(self, device: torch.device) -> "TextSpeechBatch":
        """The same on a device."""
        return TextSpeechBatch(self.texts.to(device), self.speech.to(device))


@dataclass(frozen=True)
class PairBatch:
    """One step's pairs; a side is None where batches alternate between the data sets."""

    image_text: ImageTextBatch | None
    text_speech: TextSpeechBatch | None

    def to(self, device: torch.device) -> "PairBatch":
        """The same on a device."""
        return PairBatch(
            self.image_text and self.image_text.to(device),
            self.text_speech and self.text_speech.to(device),
        )
