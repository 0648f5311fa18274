"""Settings of paper B's trainings: skip-modal and piecewise, CycleGAN.

The paper trains with learning rate 0.002 (section 3.4); the authors' code adds a warm-up of 4,000
steps and clips gradients at 1.
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section
from crossmodal.config.steps import StepTraining


class Batching(Section):
    """Which items a step is fed (paper B, section 9.1: batch size 8)."""

    strategy: Literal["alternate", "mixed"] = Field(
        description="alternate: one data set a step; mixed: each batch has pairs of both"
    )
    batch_size: int = Field(ge=1, le=65_536, description="items of a step, over all processes")
    image_share: float = Field(
        default=0.5, gt=0, lt=1, description="of a mixed batch: image-text pairs"
    )
    bucket_batches: int = Field(
        ge=1, le=10_000, description="batches whose items are sorted by length; 1: none are"
    )

    @property
    def mixed_sizes(self) -> tuple[int, int]:
        """Image-text and text-speech pairs of a mixed batch, to the nearest whole number."""
        images = round(self.batch_size * self.image_share)
        return images, self.batch_size - images

    @model_validator(mode="after")
    def check_parts(self) -> "Batching":
        """A mixed batch has both kinds of pairs."""
        if self.strategy == "mixed" and not all(self.mixed_sizes):
            raise ValueError("allowed: a larger batch_size; a mixed batch has pairs of both kinds")
        return self


class TrainSkipModal(StepTraining):
    """The skip-modal network, or a part of it trained alone (paper B, section 3.4)."""

    batching: Batching


class TrainCycleGan(StepTraining):
    """The baseline that learns image to speech from unpaired samples (paper B, section 4.1)."""

    batching: Batching
    cycle_weight: float = Field(ge=0, le=1e6, description="of the cycle's L1; CycleGAN's is 10")
    discriminator_channels: int = Field(ge=1, le=4096, description="of their first convolution")

    @field_validator("batching")
    @classmethod
    def check_strategy(cls, batching: Batching) -> Batching:
        """Every step compares images with speech."""
        if batching.strategy != "mixed":
            raise ValueError("allowed: strategy mixed, as every step needs images and speech")
        return batching
