"""All settings of one training of paper B, as the stage that plans the trainings writes them."""

from typing import Literal

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.config.skipmodal.training import TrainCycleGan, TrainSkipModal

ArchitectureName = Literal["paper", "mended", "ours"]
Part = Literal["both", "image_text", "text_speech"]


class Run(Section):
    """One training with all its settings: a variant laid over its architecture."""

    variant: str
    seed: int
    architecture: ArchitectureName
    validation_items: int
    processes: int
    network: MendedNetworkSettings | SkipModalNetworkSettings | SlotNetworkSettings
    parts: dict[Part, TrainSkipModal]

    @property
    def maps(self) -> PretrainedMaps | None:
        """Which maps of a pretrained network its image encoder reads; None for pixels."""
        network = self.network
        if isinstance(network, SlotNetworkSettings) and network.image_encoder != "convolutions":
            return network.pretrained
        return None


class CycleGanRun(Section):
    """One training of the baseline: encoders and decoders of the paper's architecture."""

    variant: str
    seed: int
    network: SkipModalNetworkSettings
    training: TrainCycleGan
