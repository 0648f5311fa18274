"""Attention into and out of the slots that make up e, z and u of `ours`.

Legend: B items, S slots, D size of a slot, P places (characters, frames or pixels), H units.
"""

import torch
from torch import Tensor, nn

KEY_SIZE = 64


class SlotPool(nn.Module):
    """Each slot reads the places of its word: B, P, C -> B, S, D.

    A vector that is an average over places says what is there but hardly in which order; slots
    that attend keep "which colour goes with which digit" apart, and the gradient's way to a place
    is short. With `order`, slot s starts by reading around word s, the more narrowly the larger
    `order`, which is trained; slots after the last word are empty. Then a sentence whose words
    were never together is made of slots that were.
    """

    def __init__(self, channels: int, slots: int, size: int, order: float = 0.0) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(slots, KEY_SIZE) * 0.3)
        self.key = nn.Linear(channels, KEY_SIZE)
        self.value = nn.Linear(channels, size)
        self.order = nn.Parameter(torch.tensor(order)) if order else None

    def forward(self, places: Tensor, mask: Tensor, words: Tensor, counts: Tensor) -> Tensor:
        """Read sequences.

        Args:
            mask: [B, P], 1 at real places.
            words: [B, P], which word a place belongs to, counted from 0, whole or in between.
            counts: [B], how many words there are.
        """
        scores = (self.queries @ self.key(places).transpose(1, 2)).float()  # B, S, P
        slots = torch.arange(len(self.queries), device=places.device).unsqueeze(1)
        last = self.queries.shape[0] - 1  # words that are too many share the last slot
        if self.order is not None:
            scores = scores - (self.order * (words.clamp(max=last).unsqueeze(1) - slots)) ** 2 / 2
        scores = scores.masked_fill(mask[:, None] == 0, -torch.inf)
        read = torch.softmax(scores, 2).to(places.dtype) @ self.value(places)
        if self.order is None:
            return read
        return read * (counts - slots).clamp(0, 1).T.unsqueeze(2)


class SlotReader(nn.Module):
    """A decoder's states read from u's slots: B, L, H and B, S, D -> B, L, H."""

    def __init__(self, units: int, slots: int, size: int) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(units, size), nn.Linear(size, size)
        self.value = nn.Linear(size, units)
        self.position = nn.Parameter(torch.randn(slots, size) * 0.3)
        self.scale = size**-0.5

    def forward(self, states: Tensor, fused: Tensor) -> tuple[Tensor, Tensor]:
        """What was read [B, L, H], and each slot's weight at each step [B, L, S]."""
        keys = self.key(fused + self.position).transpose(1, 2)
        weights = torch.softmax((self.query(states) @ keys).float() * self.scale, 2)
        return weights.to(fused.dtype) @ self.value(fused), weights
