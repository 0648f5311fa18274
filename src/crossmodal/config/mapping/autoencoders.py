"""Settings of the image auto-encoders (paper A, supplement A.1)."""

from typing import Annotated

from pydantic import Field

from crossmodal.config.section import Section

Seeds = Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
Passes = Annotated[int, Field(ge=1, le=10_000)]


class TrainAutoencoder(Section):
    """The image auto-encoders (paper A, supplement A.1)."""

    seeds: dict[str, Seeds] = Field(description="of each data set; one training each")
    embedding_size: int = Field(ge=1, le=10_000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0, le=1, description="of the first step")
    final_rate: float = Field(
        ge=0, le=1, description="learning rate that the steps fall to, along a line"
    )
    checkpoint_images: int = Field(ge=1, description="images between two checkpoints")
    epochs: dict[str, dict[str, Passes]] = Field(
        description="passes over the training images, by data set and model"
    )
