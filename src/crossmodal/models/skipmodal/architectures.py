"""The forms of the skip-modal network by name, for whoever builds or loads one of them.

All have the interface of `SkipModalNetwork`: `encode`, `generate_text`, `generate_mel`,
`generate_image`, `forward` (a `PairBatch` to unweighted losses by name) and `save`. One with an
attribute `progress` is told before each step the share of its training that is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crossmodal.models.skipmodal.network import (
    WEIGHT_OF,
    SkipModalNetwork,
    build_network,
    load_network,
)
from crossmodal.models.skipmodal.slot_network import (
    SLOT_WEIGHT_OF,
    SlotNetwork,
    build_slot_network,
    load_slot_network,
)


@dataclass(frozen=True)
class Architecture:
    """How to build a form from its settings and a seed, and how to load what its `save` wrote.

    weight_of: the field of `config.weights` that holds each loss's weight.
    """

    build: Callable[[Any, int], SkipModalNetwork | SlotNetwork]
    load: Callable[[Path], SkipModalNetwork | SlotNetwork]
    weight_of: Mapping[str, str]

    def weights(self, network: SkipModalNetwork | SlotNetwork) -> dict[str, float]:
        """The weight of every loss that `forward` may return."""
        weights = network.config.weights
        return {name: getattr(weights, field) for name, field in self.weight_of.items()}


ARCHITECTURES = MappingProxyType(
    {
        "paper": Architecture(build_network, load_network, WEIGHT_OF),
        "ours": Architecture(build_slot_network, load_slot_network, SLOT_WEIGHT_OF),
    }
)
