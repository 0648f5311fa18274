"""Training by steps, whatever a step does: resumable to the bit, logged, validated.

A step depends on its number, on the weights and on the optimizers' state alone: what is random in
it (dropout) is drawn from a seed made of the training's seed, the step and the process. So a
checkpoint needs no random state, and a training killed anywhere and resumed ends with the bytes of
one that was not.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from crossmodal.compute import Runtime
from crossmodal.config.steps import Running
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.curve import Curve
from crossmodal.train.distributed import ALONE, Group
from crossmodal.train.task import Task

Validate = Callable[[int], Mapping[str, float]]


@dataclass(frozen=True)
class TrainingSetup:
    """What any training by steps is run with, beside its networks, data and settings.

    runtime: where networks run. seed: of all that is random in the training.
    checkpoint: keyed by the caller by all that the result depends on.
    group: this process among those that share the training.
    validate: is given the number of steps done, with the network in evaluation mode and without
        gradients; returns what it measured, `score` (larger is better) among it.
    """

    runtime: Runtime
    seed: int
    checkpoint: Checkpoint
    group: Group = ALONE
    validate: Validate | None = None


@dataclass
class Progress(Curve):
    """How far a training is, and what it has measured so far.

    rows: `step` and the task's columns, averaged over the steps since the last row; None where
        none of these measured it.
    steps: that are done.
    best_step, best_score: of the best validation; 0 and None before the first.
    sums, counts: of the steps since the last row.
    """

    steps: int = 0
    best_step: int = 0
    best_score: float | None = None
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, measured: Mapping[str, float]) -> None:
        """Take in what one step measured; gradients that overflow in float16 are left out."""
        for name, value in measured.items():
            if math.isfinite(value):
                self.sums[name] = self.sums.get(name, 0.0) + value
                self.counts[name] = self.counts.get(name, 0) + 1

    def close_row(self, columns: Sequence[str]) -> None:
        """Average the steps since the last row."""
        means = {n: self.sums[n] / self.counts[n] if n in self.counts else None for n in columns}
        self.rows.append({"step": self.steps, **means})
        self.sums, self.counts = {}, {}


class Loop:
    """One training: iterate over `run` to run it; stop anywhere and start again."""

    def __init__(self, task: Task, config: Running, setup: TrainingSetup) -> None:
        """Prepare a training, from its checkpoint where there is one."""
        assert setup.validate or not config.keep_best, "keep_best needs a validation"
        self.task, self.config = task, config
        self.seed, self.checkpoint = setup.seed, setup.checkpoint
        self.validate = setup.validate
        self.progress = Progress()
        self.best: dict[str, torch.Tensor] | None = None
        self.restore(self.checkpoint.load())

    def run(self) -> Iterator[Progress]:
        """Train to the end; yields after every step.

        Only process 0 keeps rows, validates and writes checkpoints. At the end its network has the
        weights of the best validation, if those are to be kept.

        Raises:
            UserError: a loss or a gradient is not finite; the last checkpoint stays.
        """
        self.task.network.train()
        while self.progress.steps < self.config.steps:
            seed_step(self.seed, self.progress.steps, self.task.group.rank, self.device)
            self.progress.add(self.task.step(self.progress.steps))
            self.progress.steps += 1
            if self.task.group.rank == 0:
                self.keep_records()
            yield self.progress
        if self.best is not None:
            self.task.network.load_state_dict(self.best)

    def keep_records(self) -> None:
        """Row, validation and checkpoint, each where its turn has come; all at the end."""
        if self.is_due(self.config.log_steps):
            self.progress.close_row(self.task.columns)
        if self.validate and self.is_due(self.config.validation_steps):
            self.validate_now(self.validate)
        if self.is_due(self.config.checkpoint_steps):
            self.checkpoint.save(self.state())

    def is_due(self, interval: int) -> bool:
        """Whether something that happens every `interval` steps and at the end happens now."""
        return self.progress.steps % interval == 0 or self.progress.steps == self.config.steps

    @torch.no_grad()
    def validate_now(self, validate: Validate) -> None:
        """Measure; keep the weights if they are the best so far."""
        self.task.network.eval()
        measured = dict(validate(self.progress.steps))
        self.task.network.train()
        self.progress.validations.append({"step": self.progress.steps, **measured})
        score, best = measured["score"], self.progress.best_score
        assert math.isfinite(score), f"a validation's score is {score}"
        if best is None or score > best:
            self.progress.best_step, self.progress.best_score = self.progress.steps, score
            if self.config.keep_best:
                weights = self.task.network.state_dict()
                self.best = {name: tensor.clone() for name, tensor in weights.items()}

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.task.runtime.device

    def state(self) -> dict[str, Any]:
        """Everything that the rest of the training depends on."""
        return {
            "network": self.task.network.state_dict(),
            "updaters": [updater.state() for updater in self.task.updaters],
            "progress": vars(self.progress),
            "best": self.best,
        }

    def restore(self, state: dict[str, Any] | None) -> None:
        """Go on from a state that `state` returned."""
        if state is not None:
            self.task.network.load_state_dict(state["network"])
            for updater, values in zip(self.task.updaters, state["updaters"], strict=True):
                updater.restore(values)
            self.progress, self.best = Progress(**state["progress"]), state["best"]


def seed_step(seed: int, step: int, rank: int, device: torch.device) -> None:
    """Seed what is random in a step of one process."""
    state = np.random.SeedSequence([seed, step, rank]).generate_state(1, np.uint64)
    # Not torch.manual_seed, which takes 0.2 ms for devices that are not in use.
    torch.default_generator.manual_seed(int(state[0]))
    if device.type == "cuda":
        torch.cuda.manual_seed(int(state[0]))
    elif device.type == "mps":
        torch.mps.manual_seed(int(state[0]))
