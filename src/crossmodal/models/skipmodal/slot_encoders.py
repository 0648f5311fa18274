"""The encoders of `ours`: image, text and speech to S slots of size D.

Legend: B items, S slots, D size of a slot, L characters, T mel frames, C channels, G GRU units.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.symbols import PAD, SPACE, SYMBOL_COUNT
from crossmodal.models.skipmodal.hypothesis_reader import HypothesisReader
from crossmodal.models.skipmodal.image_places import PlainPlaces, convolve
from crossmodal.models.skipmodal.masking import BidirectionalGru, MaskedBatchNorm, length_mask
from crossmodal.models.skipmodal.pretrained_places import PretrainedPlaces
from crossmodal.models.skipmodal.slot_attention import SlotPool

WHOLE = 256


class SlotImageEncoder(nn.Module):
    """Pictures to slots, with a view of the whole beside each place.

    | layer | output (64 x 64 pixels) |
    | --- | --- |
    | `PlainPlaces`, or `PretrainedPlaces` with `image_encoder: efficientnet_lite0` | B, C, 8, 8 |
    | of these: convolution 3 x 3, stride 2, BN, ReLU, dense, ReLU: the whole | B, 256 |
    | places + position + dense of the whole, ReLU | B, 64, C |
    | `HypothesisReader` | K, B, S, D and B, K |

    Which digit stands left is said by the position and the whole; a max over all places (the
    paper's) forgets it.
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        last, side = sizes.image_channels[-1], sizes.places_side
        self.layers = (
            PretrainedPlaces(sizes.pretrained, last)
            if sizes.image_encoder == "efficientnet_lite0"
            else PlainPlaces(sizes)
        )
        self.channels = channels = self.layers.channels
        self.shrink = convolve(channels, last, stride=2)
        self.whole = nn.Linear(last * ((side + 1) // 2) ** 2, WHOLE)
        self.position = nn.Parameter(torch.randn(side * side, channels) * 0.3)
        self.context = nn.Linear(WHOLE, channels)
        hypotheses = sizes.additions.hypotheses
        self.reader = HypothesisReader(channels, WHOLE, hypotheses, sizes.slots, size)

    def look(self, images: Tensor) -> Tensor:
        """[B, 3, H, W] in [0, 1], or maps of these -> what stands at each place [B, C, h, w]."""
        maps: Tensor = self.layers(images)
        return maps

    def read(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Places [B, C, h, w] -> slots [K, B, S, D], logits of the hypotheses [B, K]."""
        whole = F.relu(self.whole(self.shrink(maps).flatten(1)))
        places = maps.flatten(2).transpose(1, 2) + self.position + self.context(whole).unsqueeze(1)
        made: tuple[Tensor, Tensor] = self.reader(F.relu(places), whole)
        return made

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, H, W] in [0, 1], or maps of these -> the same."""
        return self.read(self.look(images))


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
        order = sizes.additions.order
        self.pool = SlotPool(channels + 2 * sizes.gru, sizes.slots, size, order)

    def forward(self, texts: Texts) -> Tensor:
        """-> [B, S, D]."""
        looked_up = self.lookup(texts.symbols).transpose(1, 2)
        hidden, lengths, _ = self.widen(looked_up, texts.lengths)
        hidden, lengths, mask = self.narrow(hidden, lengths)
        hidden = (hidden + looked_up).transpose(1, 2)  # both are zero at padding
        both = torch.cat([hidden, self.gru(hidden, lengths)], 2)
        mask = mask.squeeze(1)
        words = (texts.symbols == SPACE).cumsum(1)
        return self.pool(both, mask, words, count_words(texts))


def count_words(texts: Texts) -> Tensor:
    """How many words each text has: int64 [B]."""
    return (texts.symbols == SPACE).sum(1) + 1


class Heard(NamedTuple):
    """What is heard at each time.

    states [B, P, C + 2 G]; mask [B, P], 1 at real times; pace [B, P]: how much of a word passes.
    """

    states: Tensor
    mask: Tensor
    pace: Tensor


class SlotSpeechEncoder(nn.Module):
    """A mel spectrogram to slots.

    | layer | output |
    | --- | --- |
    | input | B, T, 80 |
    | convolution 5, stride 2, BN, ReLU | B, T/2, C = 160 |
    | the same | B, T/4, C |
    | convolution 3, BN, ReLU | B, T/4, C |
    | GRU in both directions, side by side with its input | B, T/4, C + 2 G |
    | words: dense, softplus: how much of a word passes in a step | B, T/4 |
    | slot pool | B, S, D |

    The words that have passed say which slot a step belongs to, as in continuous
    integrate-and-fire (Dong and Xu, ICASSP 2020). In training they are scaled to the true number.
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        channels = sizes.speech_channels
        self.layers = nn.ModuleList(
            [
                MaskedConvolution(sizes.mels, channels, 5, stride=2),
                MaskedConvolution(channels, channels, 5, stride=2),
                MaskedConvolution(channels, channels, 3),
            ]
        )
        self.gru = BidirectionalGru(channels, sizes.gru)
        self.channels = channels + 2 * sizes.gru
        self.pace = nn.Linear(self.channels, 1)
        self.pool = SlotPool(self.channels, sizes.slots, size, sizes.additions.order)

    def listen(self, speech: Speech) -> Heard:
        """-> what is heard at T/4 times."""
        mask = length_mask(speech.frames, speech.mels.shape[1]).unsqueeze(1)
        hidden, lengths = speech.mels.transpose(1, 2) * mask, speech.frames
        for layer in self.layers:
            hidden, lengths, mask = layer(hidden, lengths)
        hidden, mask = hidden.transpose(1, 2), mask.squeeze(1)
        states = torch.cat([hidden, self.gru(hidden, lengths)], 2)
        return Heard(states, mask, F.softplus(self.pace(states).squeeze(2).float()) * mask)

    def read(self, heard: Heard, counts: Tensor | None = None) -> Tensor:
        """What `listen` gives -> [B, S, D].

        Args:
            counts: [B], the true number of words; None: as predicted.
        """
        predicted = heard.pace.sum(1)
        counts = predicted if counts is None else counts
        pace = heard.pace * (counts / predicted).unsqueeze(1)
        return self.pool(heard.states, heard.mask, pace.cumsum(1) - pace / 2 - 0.5, counts)

    def forward(self, speech: Speech) -> Tensor:
        """-> [B, S, D]."""
        return self.read(self.listen(speech))
