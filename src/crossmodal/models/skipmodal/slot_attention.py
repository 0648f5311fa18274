"""Attention into and out of the slots that make up e, z and u of `ours`.

Legend: B items, S slots, D size of a slot, P places (characters, frames or pixels), H units.
"""

import torch
from torch import Tensor, nn

KEY_SIZE = 64


class SlotPool(nn.Module):
    """Each slot reads the places that it learned to look for: B, P, C -> B, S, D.

    A vector that is an average over places says what is there but hardly in which order; slots
    that attend keep "which colour goes with which digit" apart, and the gradient's way to a place
    is short.
    """

    def __init__(self, channels: int, slots: int, size: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(slots, KEY_SIZE) * 0.3)
        self.key = nn.Linear(channels, KEY_SIZE)
        self.value = nn.Linear(channels, size)

    def forward(self, places: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` [B, P]: 1 at real places."""
        scores = self.queries @ self.key(places).transpose(1, 2)  # B, S, P
        if mask is not None:
            scores = scores.masked_fill(mask[:, None] == 0, -torch.inf)
        return torch.softmax(scores.float(), 2).to(places.dtype) @ self.value(places)


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
