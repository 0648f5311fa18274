"""Settings of what maps embeddings: to images' embeddings, or straight to pixels."""

from pydantic import Field

from crossmodal.config.mapping.autoencoders import Seeds
from crossmodal.config.section import Section


class TrainMapping(Section):
    """The mapping between image and text or speech embeddings (paper A, equation 2)."""

    seeds: Seeds = Field(description="one training each; tables give mean and deviation")
    hidden_size: int = Field(ge=1, le=100_000)
    steps: int = Field(ge=1, le=1_000_000)
    batch_size: int = Field(ge=1, description="classes a step; all of them where it is larger")
    learning_rate: float = Field(gt=0, le=1)


class TrainDirect(Section):
    """The baseline from embeddings to pixels (paper A, section 4)."""

    seeds: Seeds = Field(description="one training each")
    channels: int = Field(ge=1, le=4096, description="feature maps at the lowest resolution")
    steps: int = Field(ge=1, le=1_000_000)
    batch_size: int = Field(ge=1, description="classes a step; all of them where it is larger")
    learning_rate: float = Field(gt=0, le=1)
