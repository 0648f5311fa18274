"""Settings of the digit classifier."""

from pydantic import Field

from crossmodal.config.section import Section


class TrainClassifier(Section):
    """The digit classifier that reads generated images; sees plain MNIST only."""

    seed: int = Field(ge=0)
    epochs: int = Field(ge=1, le=1000)
    batch_size: int = Field(ge=1, le=65_536)
    learning_rate: float = Field(gt=0, le=1)
    max_shift: int = Field(ge=0, le=4, description="pixels a training digit is moved at most")
    train_images: int = Field(ge=1, le=60_000, description="MNIST training images used")
