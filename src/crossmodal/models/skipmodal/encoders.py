"""The encoders of image, text and speech (paper B, section 3.1 and appendix 6.1).

Legend: B items, L characters, T mel frames, E size of the embedding e.
"""

from itertools import pairwise
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import ImageEncoder, SpeechEncoder, TextEncoder
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.symbols import SYMBOL_COUNT
from crossmodal.models.skipmodal.cbhg import CbhgNet
from crossmodal.models.skipmodal.layers import make_prenet
from crossmodal.models.skipmodal.masking import MaskedBatchNorm, length_mask, take

Number = TypeVar("Number", int, Tensor)


class ImageEncoderNet(nn.Module):
    """Strided convolutions.

    | layer | output (paper) |
    | --- | --- |
    | input | B, 3, 128, 128 |
    | convolution 4 x 4, stride 2, BN, ReLU | B, 64, 64, 64 |
    | the same | B, 128, 32, 32 |
    | the same | B, 256, 16, 16 |
    | the same | B, E = 512, 8, 8 |
    | max over all places | B, E |

    Chosen: four convolutions as in the appendix (section 3.1 says three); padding 1, so that each
    halves the side; the max pool over all places, which alone gives a vector of 512.
    """

    def __init__(self, sizes: ImageEncoder, embedding: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((3, *sizes.channels, embedding)):
            layers += [
                nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """[B, 3, H, W] in [0, 1] -> e [B, E]."""
        return self.layers(images).amax((2, 3))


class TextEncoderNet(nn.Module):
    """Characters to one vector.

    | layer | output (paper) |
    | --- | --- |
    | input | B, L symbols |
    | lookup table of 66 | B, L, 128 |
    | dense, ReLU, dropout 0.5 | B, L, 256 |
    | dense, ReLU, dropout 0.5 | B, L, 128 |
    | CBHG, Tacotron's encoder sizes | B, L, 256 |
    | average over the real characters | B, 256 |
    | dense, tanh | B, E = 512 |

    Chosen: 128 GRU units in each direction, Tacotron's "original parameter settings", which give
    256 numbers a character where section 3.1 says 128. The end symbol is a real character.
    """

    def __init__(self, sizes: TextEncoder, embedding: int) -> None:
        super().__init__()
        self.lookup = nn.Embedding(SYMBOL_COUNT, sizes.lookup)
        self.prenet = make_prenet(sizes.lookup, sizes.prenet, sizes.dropout)
        self.cbhg = CbhgNet(sizes.prenet[-1], sizes.cbhg)
        self.dense = nn.Linear(2 * sizes.cbhg.gru, embedding)

    def forward(self, texts: Texts) -> Tensor:
        """-> e [B, E]."""
        hidden = self.cbhg(self.prenet(self.lookup(texts.symbols)), texts.lengths)
        mask = length_mask(texts.lengths, hidden.shape[1]).unsqueeze(2)
        return torch.tanh(self.dense((hidden * mask).sum(1) / texts.lengths[:, None]))


class SpeechEncoderNet(nn.Module):
    """A mel spectrogram, seen as an image of one channel, to one vector.

    | layer | output (paper) |
    | --- | --- |
    | input | B, 1, T, 80 |
    | convolution 3 x 3, stride 2, BN, ReLU | B, 32, T/2, 40 |
    | convolution 3 x 3, stride 2, BN, ReLU | B, 64, T/4, 20 |
    | channels and bands side by side | B, T/4, 1280 |
    | GRU, its last state | B, 256 |
    | dense, tanh | B, E = 512 |

    Chosen: the appendix's 256 units and dense layer (section 3.1: 512 units and none); a step of
    the GRU for each column of the second convolution, which stands for 4 frames ("a 5-by-80 chunk
    at a time" does not follow two strides of 2); padding 1, so that halves are rounded up. The last
    state is that of the clip's true end; statistics leave padding out.
    """

    def __init__(self, sizes: SpeechEncoder, embedding: int, mels: int) -> None:
        super().__init__()
        steps = list(pairwise((1, *sizes.channels)))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
            for inputs, outputs in steps
        )
        self.norms = nn.ModuleList(MaskedBatchNorm(outputs) for _, outputs in steps)
        bands = mels
        for _ in steps:
            bands = half(bands)
        self.gru = nn.GRU(sizes.channels[-1] * bands, sizes.gru, batch_first=True)
        self.dense = nn.Linear(sizes.gru, embedding)

    def forward(self, speech: Speech) -> Tensor:
        """-> e [B, E]."""
        maps, lengths = speech.mels.unsqueeze(1), speech.frames
        maps = maps * length_mask(lengths, maps.shape[2])[:, None, :, None]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            maps, lengths = convolution(maps), half(lengths)
            mask = length_mask(lengths, maps.shape[2])[:, None, :, None]
            maps = F.relu(norm(maps, mask)) * mask
        states, _ = self.gru(maps.transpose(1, 2).flatten(2))
        return torch.tanh(self.dense(take(states, lengths[:, None] - 1).squeeze(1)))


def half(length: Number) -> Number:
    """What a convolution of width 3, stride 2, padding 1 leaves of a length."""
    return (length + 1) // 2
