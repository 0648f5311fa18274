"""Settings of the image auto-encoders (paper A, supplement A.1)."""

from typing import Annotated

from pydantic import Field

from crossmodal.config.section import Section

Seeds = Annotated[tuple[int, ...], Field(strict=False, min_length=1)]


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
