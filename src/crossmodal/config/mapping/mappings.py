"""Settings of what maps embeddings: to images' embeddings, or straight to pixels."""

from pydantic import Field

from crossmodal.config.mapping.autoencoders import Seeds
from crossmodal.config.section import Section


class TrainCaptioner(Section):
    """Ours: a second decoder to text or speech, which learns from the latents of images."""

    hidden_size: int = Field(ge=0, le=100_000, description="0: none, the paper's form alone")
    steps: int = Field(ge=1, le=1_000_000)
    batch_size: int = Field(ge=1, description="images a step; all of them where it is larger")
    learning_rate: float = Field(gt=0, le=1, description="of the first step; falls to 0")


class TrainMapping(Section):
    """The mapping between image and text or speech embeddings (paper A, equation 2)."""

    seeds: Seeds = Field(description="one training each; tables give mean and deviation")
    hidden_size: int = Field(ge=1, le=100_000)
    steps: int = Field(ge=1, le=1_000_000)
    batch_size: int = Field(ge=1, description="classes a step; all of them where it is larger")
    learning_rate: float = Field(gt=0, le=1)
    captioner: TrainCaptioner


class TrainDirect(Section):
    """The baseline from embeddings to pixels (paper A, section 4)."""

    seeds: Seeds = Field(description="one training each")
    channels: int = Field(ge=1, le=4096, description="feature maps at the lowest resolution")
    steps: int = Field(ge=1, le=1_000_000)
    batch_size: int = Field(ge=1, description="classes a step; all of them where it is larger")
    learning_rate: float = Field(gt=0, le=1)
