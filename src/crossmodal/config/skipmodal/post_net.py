"""Settings of the network from mel to linear spectrograms."""

from pydantic import Field

from crossmodal.config.skipmodal.network import Cbhg
from crossmodal.config.skipmodal.training import TrainMelToLinear


class TrainPostNet(TrainMelToLinear):
    """The network from mel to linear spectrograms that all runs share, trained on recordings."""

    seed: int = Field(ge=0)
    cbhg: Cbhg
