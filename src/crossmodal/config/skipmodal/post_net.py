"""Settings of the network from mel to linear spectrograms."""

from pydantic import Field

from crossmodal.config.skipmodal.network import Cbhg
from crossmodal.config.steps import StepTraining


class TrainMelToLinear(StepTraining):
    """The network from mel to linear spectrograms, which Griffin-Lim reads."""

    batch_size: int = Field(ge=1, le=65_536)
    bucket_batches: int = Field(ge=1, le=10_000, description="as in skip-modal batches")


class TrainPostNet(TrainMelToLinear):
    """The network from mel to linear spectrograms that all runs share, trained on recordings."""

    seed: int = Field(ge=0)
    cbhg: Cbhg
