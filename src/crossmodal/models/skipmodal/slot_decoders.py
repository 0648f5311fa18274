"""The text decoder of `ours`, which reads from u's slots.

Legend: B items, S slots, D size of a slot, L characters, H units.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.symbols import END, PAD, SYMBOL_COUNT
from crossmodal.models.skipmodal.slot_attention import SlotReader

LOOKUP = 64


@dataclass(frozen=True)
class Script:
    """What the text decoder writes: `symbols` int64 [B, L], zero after the end symbol, and `logits`
    [B, L, 66].
    """

    symbols: Tensor
    logits: Tensor

    @property
    def log_probability(self) -> Tensor:
        """Of the whole text, in nats: float [B]."""
        scores = torch.log_softmax(self.logits.float(), 2)
        written = scores.gather(2, self.symbols.unsqueeze(2)).squeeze(2)
        return written.masked_fill(self.symbols == PAD, 0).sum(1)


class SlotTextDecoder(nn.Module):
    """A GRU writes, and reads from the slots what to write.

    | layer | output |
    | --- | --- |
    | first state from all slots: dense, tanh | B, H = 192 |
    | the character before: lookup table | B, L, 64 |
    | GRU | B, L, H |
    | what it reads from the slots, beside it; dense, ReLU | B, L, H |
    | dense; softmax is part of the loss | B, L, 66 |
    """

    def __init__(self, sizes: SlotNetworkSettings, size: int) -> None:
        super().__init__()
        self.max_symbols, units = sizes.max_symbols, sizes.text_decoder
        self.start = nn.Linear(sizes.slots * size, units)
        self.lookup = nn.Embedding(SYMBOL_COUNT, LOOKUP)
        self.gru = nn.GRU(LOOKUP, units, batch_first=True)
        self.reader = SlotReader(units, sizes.slots, size)
        self.hidden = nn.Linear(2 * units, units)
        self.dense = nn.Linear(units, SYMBOL_COUNT)

    def forward(self, fused: Tensor, symbols: Tensor) -> Tensor:
        """Teacher forcing: u [B, S, D], true symbols int64 [B, L] -> logits [B, L, 66]."""
        before = F.pad(symbols[:, :-1], (1, 0), value=PAD)
        return self.run(before, fused, self.first_state(fused))[0]

    def first_state(self, fused: Tensor) -> Tensor:
        """u [B, S, D] -> [1, B, H]."""
        return torch.tanh(self.start(fused.flatten(1))).unsqueeze(0)

    def run(self, before: Tensor, fused: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Characters [B, L] before each step -> logits and the GRU's last state."""
        states, last = self.gru(self.lookup(before), state)
        read, _ = self.reader(states, fused)
        states = F.relu(self.hidden(torch.cat([states, read], 2)))
        return self.dense(states), last

    @torch.no_grad()
    def write(self, fused: Tensor, max_length: int | None = None) -> Script:
        """Free-running, greedy: u -> what is written."""
        state = self.first_state(fused)
        before = torch.full((len(fused), 1), PAD, dtype=torch.long, device=fused.device)
        ended, parts = torch.zeros_like(before, dtype=torch.bool), []
        for _ in range(max_length or self.max_symbols):
            logits, state = self.run(before, fused, state)
            logits[..., PAD] = -torch.inf
            before = logits.argmax(-1).masked_fill(ended, PAD)
            parts.append((before, logits))
            ended = ended | (before == END)
            if bool(ended.all()):
                break
        return Script(*(torch.cat(each, 1) for each in zip(*parts, strict=True)))
