"""Training of the skip-modal network and of the piecewise baseline's (paper B, section 3.4)."""

from collections.abc import Callable, Mapping

from torch import nn

from crossmodal.compute import Runtime
from crossmodal.config.skipmodal.training import TrainSkipModal
from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.distributed import ALONE, Group
from crossmodal.train.loop import Loop, Report, Validate, ignore
from crossmodal.train.skipmodal.sampler import Indices
from crossmodal.train.task import WeightedLosses


def prepare_skipmodal(
    network: nn.Module,
    sampler: Callable[[int], Indices],
    batches: Callable[[Indices], PairBatch],
    weights: Mapping[str, float],
    config: TrainSkipModal,
    seed: int,
    runtime: Runtime,
    checkpoint: Checkpoint,
    group: Group = ALONE,
    report: Report = ignore,
    validate: Validate | None = None,
) -> Loop:
    """A training, to be iterated over, from its checkpoint where there is one.

    Args:
        network: maps a `PairBatch` to its unweighted loss terms (scalars) by name.
        batches: reads the items of a step; called with this process's slice only.
        weights: of every term that the network may return; 0 for one that is only logged.
        report, validate: see `Loop`.
    """

    def load(step: int) -> PairBatch:
        return batches(sampler(step).slice(group.rank, group.world)).to(runtime.device)

    steps = config.running.steps
    task = WeightedLosses(network, load, weights, config.optimization, steps, runtime, group)
    return Loop(task, config.running, seed, checkpoint, report, validate)
