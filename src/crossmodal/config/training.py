"""Settings of everything that is trained."""

from typing import Annotated, Literal

from pydantic import Field

from crossmodal.config.section import Section

Seeds = Annotated[tuple[int, ...], Field(strict=False, min_length=1)]


class Compute(Section):
    """Where and how numbers are computed; part of a reproducible result."""

    device: Literal["cpu", "cuda", "mps"] = Field(description="where networks run")
    precision: Literal["float32", "bfloat16", "float16"] = Field(
        description="below float32: automatic mixed precision"
    )
    threads: int = Field(ge=1, le=256, description="CPU threads of one stage")


class TrainClassifier(Section):
    """The digit classifier that reads generated images; sees plain MNIST only."""

    seed: int = Field(ge=0)
    epochs: int = Field(ge=1, le=1000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0, le=1)
    max_shift: int = Field(ge=0, le=4, description="pixels a training digit is moved at most")
    train_images: int = Field(ge=1, le=60_000, description="MNIST training images used")


class Epochs(Section):
    """Passes over the training images for each auto-encoder."""

    conv_vae: int = Field(ge=1, le=10_000)
    mlp_vae: int = Field(ge=1, le=10_000)
    conv_ae: int = Field(ge=1, le=10_000)
    mlp_ae: int = Field(ge=1, le=10_000)


class EpochsByDataset(Section):
    """Passes for each data set and auto-encoder."""

    double: Epochs
    colored: Epochs


class SeedsByDataset(Section):
    """One training for each data set and seed."""

    double: Seeds
    colored: Seeds


class TrainAutoencoder(Section):
    """The image auto-encoders (paper A, supplement A.1)."""

    seeds: SeedsByDataset
    embedding_size: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0, le=1)
    checkpoint_images: int = Field(ge=1, description="images between two checkpoints")
    epochs: EpochsByDataset


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
