"""Settings of paper B's trainings: skip-modal and piecewise, CycleGAN, mel to linear."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section


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


class Optimization(Section):
    """Adam or Muon, the learning rate over the steps, and gradient clipping.

    Paper B, section 3.4: learning rate 0.002. The authors' code adds a warm-up of 4,000 steps and
    clips at 1.
    """

    learning_rate: float = Field(gt=0, le=1, description="after the warm-up")
    beta1: float = Field(ge=0, lt=1, description="Adam's decay of the mean gradient; 0.9 is usual")
    muon: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="Muon's learning rate, for weight matrices, is so many times Adam's; 0 is off",
    )
    warmup_steps: int = Field(ge=0, description="steps of linear growth to learning_rate")
    restarts: Annotated[tuple[float, ...], Field(strict=False)] = Field(
        default=(), description="shares of the steps, in order, after which the rate starts anew"
    )
    decay: Literal["none", "linear", "cosine"] = Field(description="after the warm-up")
    final_rate: float = Field(ge=0, le=1, description="learning rate of the last step")
    max_norm: float = Field(gt=0, description="longer gradients are shortened to this norm")

    @field_validator("restarts")
    @classmethod
    def check_restarts(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        """Between 0 and 1, each after the one before."""
        if any(first >= second for first, second in pairwise((0.0, *shares, 1.0))):
            raise ValueError("allowed: growing shares between 0 and 1, such as [0.4]")
        return shares

    @model_validator(mode="after")
    def check_final_rate(self) -> "Optimization":
        """The rate does not grow, and a final rate is never ignored."""
        if self.final_rate > self.learning_rate:
            raise ValueError("allowed: final_rate at most learning_rate")
        if self.decay == "none" and self.final_rate != self.learning_rate:
            raise ValueError("allowed: final_rate = learning_rate where decay is none")
        return self


class Running(Section):
    """How long a training runs and what it leaves on the way."""

    steps: int = Field(ge=1, le=10_000_000)
    log_steps: int = Field(ge=1, description="steps that one row of the learning curve averages")
    checkpoint_steps: int = Field(ge=1, description="steps between two checkpoints")
    validation_steps: int = Field(ge=1, description="steps between two validations")
    keep_best: bool = Field(description="end with the weights of the best validation")


class StepTraining(Section):
    """What every training by steps has."""

    optimization: Optimization
    running: Running

    @model_validator(mode="after")
    def check_warmup(self) -> "StepTraining":
        """The warm-up ends before the training does."""
        if self.optimization.warmup_steps >= self.running.steps:
            raise ValueError("allowed: optimization.warmup_steps below running.steps")
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


class TrainMelToLinear(StepTraining):
    """The network from mel to linear spectrograms, which Griffin-Lim reads."""

    batch_size: int = Field(ge=1, le=65_536)
    bucket_batches: int = Field(ge=1, le=10_000, description="as in skip-modal batches")
