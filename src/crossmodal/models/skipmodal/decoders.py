"""The decoders of image and text (paper B, section 3.3 and appendix 6.3).

Legend: B items, D size of u, L characters, H units of an LSTM layer, N layers.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import ImageDecoder, TextDecoder
from crossmodal.data.skipmodal.symbols import END, PAD, SYMBOL_COUNT
from crossmodal.models.skipmodal.layers import FirstStates, Lstm


class ImageDecoderNet(nn.Module):
    """Transposed convolutions, each doubling the side.

    | layer | output (paper) |
    | --- | --- |
    | input u | B, D = 256 |
    | dense, ReLU | B, 64, 4, 4 |
    | transposed convolution 4 x 4, stride 2, BN, ReLU | B, 32, 8, 8 |
    | the same | B, 16, 16, 16 |
    | the same | B, 8, 32, 32 |
    | the same | B, 8, 64, 64 |
    | transposed convolution 4 x 4, stride 2, tanh | B, 3, 128, 128 |

    Chosen: the paper's four double the side from 4 to 64 and end in 8 channels, but images have
    128 pixels and 3 channels; a fifth one mends both and leaves the four as they are. tanh is
    brought from [-1, 1] to [0, 1]. ReLU after the dense layer, of which the paper is silent.
    """

    def __init__(self, sizes: ImageDecoder, inputs: int) -> None:
        super().__init__()
        self.map = (sizes.depth, sizes.grid, sizes.grid)
        self.dense = nn.Linear(inputs, sizes.depth * sizes.grid**2)
        layers: list[nn.Module] = []
        for before, after in pairwise((sizes.depth, *sizes.channels)):
            layers += [double(before, after, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers, double(sizes.channels[-1], 3, bias=True))

    def forward(self, fused: Tensor) -> Tensor:
        """u [B, D] -> images [B, 3, H, W] in [0, 1]."""
        maps = F.relu(self.dense(fused)).unflatten(1, self.map)
        return (torch.tanh(self.layers(maps)) + 1) / 2


def double(inputs: int, outputs: int, bias: bool) -> nn.ConvTranspose2d:
    """A transposed convolution that doubles both sides."""
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=bias)


class TextDecoderNet(nn.Module):
    """An LSTM that starts from u and writes a character a step.

    | layer | output (paper) |
    | --- | --- |
    | first states from u: dense, tanh | N = 2, B, H = 128 (h and c) |
    | input: the character before; the padding symbol at the start | B, L |
    | lookup table | B, L, 128 |
    | two LSTM layers, dropout 0.3 after each | B, L, H |
    | dense; softmax is part of the loss | B, L, 66 |

    Chosen: u makes the first h and c of all layers and is seen nowhere else, as "after initializing
    it with u" says; the start symbol, and a lookup table of its own for the character before. With
    `every_step` a dense layer of u is added to each looked-up vector: the appendix's "u -> LSTM"
    can be read as an input of every step.
    """

    def __init__(self, sizes: TextDecoder, inputs: int) -> None:
        super().__init__()
        self.max_symbols = sizes.max_symbols
        self.start = FirstStates(inputs, sizes.layers, sizes.lstm, 2)
        self.lookup = nn.Embedding(SYMBOL_COUNT, sizes.lookup)
        self.feed = nn.Linear(inputs, sizes.lookup) if sizes.every_step else None
        self.lstm = Lstm(sizes.lookup, sizes.lstm, sizes.layers, sizes.dropout)
        self.dropout = nn.Dropout(sizes.dropout)
        self.dense = nn.Linear(sizes.lstm, SYMBOL_COUNT)

    def forward(self, fused: Tensor, symbols: Tensor) -> Tensor:
        """Teacher forcing: u [B, D], the true symbols int64 [B, L] -> logits [B, L, 66]."""
        before = F.pad(symbols[:, :-1], (1, 0), value=PAD)
        hidden, _ = self.lstm.run(self.read(before, fused), self.start(fused))
        return self.dense(self.dropout(hidden))

    def read(self, before: Tensor, fused: Tensor) -> Tensor:
        """What the LSTM is given: the symbols [B, L] before each step -> [B, L, 128]."""
        looked_up = self.lookup(before)
        return looked_up if self.feed is None else looked_up + self.feed(fused).unsqueeze(1)

    @torch.no_grad()
    def generate(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """Free-running: u [B, D] -> the most likely symbols int64 [B, L].

        An item ends with its end symbol and is padded with zeros; one that has none is cut at
        `max_length` (the setting `max_symbols` where it is None). The padding symbol is never
        written. L is the length of the longest.
        """
        state, before = self.start(fused), fused.new_full((len(fused), 1), PAD, dtype=torch.long)
        ended = torch.zeros_like(before, dtype=torch.bool)
        written = []
        for _ in range(max_length or self.max_symbols):
            hidden, state = self.lstm.run(self.read(before, fused), state)
            logits = self.dense(self.dropout(hidden))  # B, 1, 66
            logits[..., PAD] = -torch.inf
            before = logits.argmax(-1).masked_fill(ended, PAD)
            written.append(before)
            ended = ended | (before == END)
            if bool(ended.all()):
                break
        return torch.cat(written, 1)


def text_loss(logits: Tensor, symbols: Tensor) -> Tensor:
    """Cross-entropy per real character, nats (equation 6).

    Args:
        logits: [B, L, 66].
        symbols: int64 [B, L], zero at padding.
    """
    return F.cross_entropy(logits.flatten(0, 1), symbols.flatten(), ignore_index=PAD)
