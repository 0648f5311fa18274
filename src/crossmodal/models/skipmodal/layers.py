"""Layers that several encoders and decoders share.

Legend: B items, D size of u, N layers, H units of a layer.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

Built = TypeVar("Built", bound=nn.Module)


def build_seeded(build: Callable[[], Built], seed: int) -> Built:
    """What `build` makes, first weights drawn from `seed`; torch's generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def make_prenet(inputs: int, units: tuple[int, int], dropout: float) -> nn.Sequential:
    """Two dense layers with ReLU and dropout."""
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, *units)):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


class FirstStates(nn.Module):
    """The first states of recurrent layers from u: B, D -> dense, tanh -> `count` x N, B, H."""

    def __init__(self, inputs: int, layers: int, units: int, count: int) -> None:
        super().__init__()
        self.shape = (count, layers, units)
        self.dense = nn.Linear(inputs, count * layers * units)

    def forward(self, fused: Tensor) -> tuple[Tensor, ...]:
        """u [B, D] -> a tuple of `count` states [N, B, H] in (-1, 1)."""
        states = torch.tanh(self.dense(fused)).unflatten(1, self.shape)
        return tuple(states.permute(1, 2, 0, 3).contiguous().unbind())


class Lstm(nn.LSTM):
    """Batch first, and in float32 on a CPU even in mixed precision.

    Many processors have no LSTM of lower precision in oneDNN and stop with an error there.
    """

    def __init__(self, inputs: int, units: int, layers: int, dropout: float) -> None:
        between = dropout if layers > 1 else 0.0  # torch warns where there is no layer to follow
        super().__init__(inputs, units, layers, dropout=between, batch_first=True)

    def run(self, inputs: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """[B, L, C] and first h and c, [N, B, H] each -> outputs [B, L, H] and last h and c."""
        if inputs.device.type != "cpu":
            return self(inputs, states)
        with torch.autocast("cpu", enabled=False):
            return self(inputs.float(), tuple(state.float() for state in states))
