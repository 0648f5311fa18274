"""The encoders of `ours`: image, text and speech to S slots of size D.

Legend: B items, S slots, D size of a slot, L characters, T mel frames, C channels, G GRU units.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.slots import SlotNetworkSettings
from crossmodal.data.batches import Speech, Texts
from crossmodal.data.symbols import PAD, SYMBOL_COUNT
from crossmodal.models.skipmodal.masking import BidirectionalGru, MaskedBatchNorm, length_mask
from crossmodal.models.skipmodal.pretrained_places import PretrainedPlaces
from crossmodal.models.skipmodal.slot_attention import SlotPool

WHOLE = 256


def convolve(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, BN, ReLU."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU())


def build_convolutions(channels: Sequence[int]) -> nn.Sequential:
    """From pixels to places; each layer but the last halves the side."""
    *pooled, places = channels
    layers: list[nn.Module] = [convolve(3, pooled[0], kernel=5, stride=2)]
    for inputs, outputs in pairwise(pooled):
        layers += [convolve(inputs, outputs), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, convolve(pooled[-1], places))


class SlotImageEncoder(nn.Module):
    """Pictures to slots, with a view of the whole beside each place.

    | layer | output (64 x 64 pixels) |
    | --- | --- |
    | input | B, 3, 64, 64 |
    | convolution 5 x 5, stride 2, BN, ReLU | B, 32, 32, 32 |
    | convolution 3 x 3, BN, ReLU, max pool 2 | B, 64, 16, 16 |
    | the same | B, 96, 8, 8 |
    | convolution 3 x 3, BN, ReLU: the places | B, C = 128, 8, 8 |
    | of these: convolution 3 x 3, stride 2, BN, ReLU, dense, ReLU: the whole | B, 256 |
    | places + position + dense of the whole, ReLU, slot pool | B, S, D |
    | + dense of the whole | B, S, D |

    Which digit stands left is said by the position and the whole; a max over all places (the
    paper's) forgets it. With `image_encoder: efficientnet_lite0`, `PretrainedPlaces` make the
    places, of pictures or of maps of them.
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        places = sizes.image_channels[-1]
        self.layers = (
            PretrainedPlaces(sizes.pretrained, places)
            if sizes.image_encoder == "efficientnet_lite0"
            else build_convolutions(sizes.image_channels)
        )
        side = sizes.places_side
        self.shrink = convolve(places, places, stride=2)
        self.whole = nn.Linear(places * ((side + 1) // 2) ** 2, WHOLE)
        self.position = nn.Parameter(torch.randn(side * side, places) * 0.3)
        self.context = nn.Linear(WHOLE, places)
        self.pool = SlotPool(places, sizes.slots, size)
        self.direct = nn.Linear(WHOLE, sizes.slots * size)

    def forward(self, images: Tensor) -> Tensor:
        """[B, 3, H, W] in [0, 1], or maps of these -> [B, S, D]."""
        maps = self.layers(images)
        whole = F.relu(self.whole(self.shrink(maps).flatten(1)))
        places = maps.flatten(2).transpose(1, 2) + self.position + self.context(whole).unsqueeze(1)
        slots = self.pool(F.relu(places))
        return slots + self.direct(whole).view_as(slots)


class MaskedConvolution(nn.Module):
    """Convolution over time, BN over real positions, ReLU: B, C, L -> B, C', L / stride."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.layer = nn.Conv1d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = MaskedBatchNorm(outputs)

    def forward(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`inputs` are zero at padding -> outputs, zero at padding, their lengths and mask."""
        outputs = self.layer(inputs)
        lengths = (lengths + self.stride - 1) // self.stride
        mask = length_mask(lengths, outputs.shape[2]).unsqueeze(1)
        return F.relu(self.norm(outputs, mask)) * mask, lengths, mask


class SlotTextEncoder(nn.Module):
    """Characters to slots.

    | layer | output |
    | --- | --- |
    | lookup table of 66 | B, L, C = 128 |
    | convolution 5, BN, ReLU | B, L, 5 C / 4 |
    | convolution 5, BN, ReLU, and past both (residual) | B, L, C |
    | GRU in both directions, side by side with its input | B, L, C + 2 G |
    | slot pool | B, S, D |
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        channels = sizes.text_channels
        self.lookup = nn.Embedding(SYMBOL_COUNT, channels, padding_idx=PAD)
        self.widen = MaskedConvolution(channels, channels * 5 // 4, 5)
        self.narrow = MaskedConvolution(channels * 5 // 4, channels, 5)
        self.gru = BidirectionalGru(channels, sizes.gru)
        self.pool = SlotPool(channels + 2 * sizes.gru, sizes.slots, size)

    def forward(self, texts: Texts) -> Tensor:
        """-> [B, S, D]."""
        looked_up = self.lookup(texts.symbols).transpose(1, 2)
        hidden, lengths, _ = self.widen(looked_up, texts.lengths)
        hidden, lengths, mask = self.narrow(hidden, lengths)
        hidden = (hidden + looked_up).transpose(1, 2)  # both are zero at padding
        both = torch.cat([hidden, self.gru(hidden, lengths)], 2)
        return self.pool(both, mask.squeeze(1))


class SlotSpeechEncoder(nn.Module):
    """A mel spectrogram to slots.

    | layer | output |
    | --- | --- |
    | input | B, T, 80 |
    | convolution 5, stride 2, BN, ReLU | B, T/2, C = 160 |
    | the same | B, T/4, C |
    | convolution 3, stride 2, BN, ReLU | B, T/8, C |
    | GRU in both directions, side by side with its input | B, T/8, C + 2 G |
    | slot pool | B, S, D |
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        channels = sizes.speech_channels
        self.layers = nn.ModuleList(
            [
                MaskedConvolution(sizes.mels, channels, 5, stride=2),
                MaskedConvolution(channels, channels, 5, stride=2),
                MaskedConvolution(channels, channels, 3, stride=2),
            ]
        )
        self.gru = BidirectionalGru(channels, sizes.gru)
        self.pool = SlotPool(channels + 2 * sizes.gru, sizes.slots, size)

    def forward(self, speech: Speech) -> Tensor:
        """-> [B, S, D]."""
        mask = length_mask(speech.frames, speech.mels.shape[1]).unsqueeze(1)
        hidden, lengths = speech.mels.transpose(1, 2) * mask, speech.frames
        for layer in self.layers:
            hidden, lengths, mask = layer(hidden, lengths)
        hidden = hidden.transpose(1, 2)
        both = torch.cat([hidden, self.gru(hidden, lengths)], 2)
        return self.pool(both, mask.squeeze(1))
