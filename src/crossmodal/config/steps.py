"""Settings of trainings by steps: optimization, and what happens along the way."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section


class Optimization(Section):
    """Adam or Muon, the learning rate over the steps, and gradient clipping."""

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
