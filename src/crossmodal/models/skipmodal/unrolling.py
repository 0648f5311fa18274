"""How `mended` speaks: its one vector u is unrolled into a vector for each word.

Legend: B items, D size of u, S the most words of a text, H GRU units, W size of a word's vector.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.data.skipmodal.batches import Texts
from crossmodal.models.skipmodal.layers import FirstStates
from crossmodal.models.skipmodal.slot_spelling import SlotSpelling

INPUT, UNITS, LAYERS = 128, 192, 2
WORD = 128


class Unrolling(nn.Module):
    """u to words, and these to states for each character, as in `ours`.

    | layer | output |
    | --- | --- |
    | input: dense of u, a vector for each place added, ReLU | B, S, 128 |
    | two GRU layers, whose first states are a dense layer of u, tanh | B, S, H = 192 |
    | words: dense of both | B, S, W = 128 |
    | `SlotSpelling` of these | B, P, 128 |

    Nothing that is written enters: the GRU sees u and the number of the word. Unrolled character by
    character instead, u left 1.8 nats a character after 200 steps in which words left 0.8.
    """

    def __init__(self, size: int, words: int, characters: int) -> None:
        super().__init__()
        self.dense = nn.Linear(size, INPUT)
        self.place = nn.Parameter(torch.randn(words, INPUT) * 0.3)
        self.start = FirstStates(size, LAYERS, UNITS, 1)
        self.gru = nn.GRU(INPUT, UNITS, LAYERS, batch_first=True)
        self.words = nn.Linear(UNITS + INPUT, WORD)
        self.spelling = SlotSpelling(WORD, characters)

    def forward(self, fused: Tensor) -> Tensor:
        """u [B, D] -> [B, S, W]."""
        inputs = F.relu(self.dense(fused).unsqueeze(1) + self.place)
        unrolled, _ = self.gru(inputs, *self.start(fused))
        words: Tensor = self.words(torch.cat([unrolled, inputs], 2))
        return words

    def speak(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """u [B, D] -> states and their numbers: see `SlotSpelling.speak`."""
        return self.spelling.speak(self(fused))

    def learn(self, fused: Tensor, texts: Texts) -> tuple[Tensor, Tensor, Tensor]:
        """u and the texts that it is of -> states, their numbers and the loss, likewise."""
        return self.spelling.learn(self(fused), texts)
