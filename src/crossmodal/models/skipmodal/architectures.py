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

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.models.skipmodal.layers import build_seeded
from crossmodal.models.skipmodal.mended import (
    MENDED_WEIGHT_OF,
    MendedNetwork,
    load_mended_network,
)
from crossmodal.models.skipmodal.network import WEIGHT_OF, SkipModalNetwork, load_network
from crossmodal.models.skipmodal.slot_network import (
    SLOT_WEIGHT_OF,
    SlotNetwork,
    load_slot_network,
)

AnyNetwork = SkipModalNetwork | SlotNetwork


@dataclass(frozen=True)
class Architecture:
    """One form.

    settings: the class of its settings.
    make: from its settings, drawing first weights from torch's generator.
    load: what its `save` wrote to a path.
    weight_of: the field of its settings' `weights` that holds each loss's weight.
    longest_text: from its settings, the symbols of a text, the end symbol counted.
    """

    settings: type[Section]
    make: Callable[[Any], AnyNetwork]
    load: Callable[[Path], AnyNetwork]
    weight_of: Mapping[str, str]
    longest_text: Callable[[Any], int]

    def build(self, settings: Any, seed: int) -> AnyNetwork:
        """A network with first weights drawn from `seed`; torch's generator stays as it was."""
        return build_seeded(lambda: self.make(settings), seed)

    def weights(self, network: AnyNetwork) -> dict[str, float]:
        """The weight of every loss that `forward` may return."""
        weights = network.config.weights
        return {name: getattr(weights, field) for name, field in self.weight_of.items()}


ARCHITECTURES = MappingProxyType(
    {
        "paper": Architecture(
            SkipModalNetworkSettings,
            SkipModalNetwork,
            load_network,
            WEIGHT_OF,
            lambda settings: int(settings.text_decoder.max_symbols),
        ),
        "mended": Architecture(
            MendedNetworkSettings,
            MendedNetwork,
            load_mended_network,
            MENDED_WEIGHT_OF,
            lambda settings: int(settings.text_decoder.max_symbols),
        ),
        "ours": Architecture(
            SlotNetworkSettings,
            SlotNetwork,
            load_slot_network,
            SLOT_WEIGHT_OF,
            lambda settings: int(settings.max_symbols),
        ),
    }
)
