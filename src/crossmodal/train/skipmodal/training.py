"""Training of the skip-modal network and of the piecewise baseline's (paper B, section 3.4)."""

from collections.abc import Callable, Mapping

from torch import nn

from crossmodal.config.skipmodal.training import TrainSkipModal
from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.train.loop import Loop, TrainingSetup
from crossmodal.train.skipmodal.sampler import Indices
from crossmodal.train.task import WeightedLosses


def prepare_skipmodal(
    network: nn.Module,
    sampler: Callable[[int], Indices],
    batches: Callable[[Indices], PairBatch],
    weights: Mapping[str, float],
    config: TrainSkipModal,
    setup: TrainingSetup,
) -> Loop:
    """A training, to be iterated over, from its checkpoint where there is one.

    Args:
        network: maps a `PairBatch` to its unweighted loss terms (scalars) by name.
        batches: reads the items of a step; called with this process's slice only.
        weights: of every term that the network may return; 0 for one that is only logged.
    """

    group, runtime, steps = setup.group, setup.runtime, config.running.steps

    def load(step: int) -> PairBatch:
        return batches(sampler(step).slice(group.rank, group.world)).to(runtime.device)

    task = WeightedLosses(network, load, weights, config.optimization, steps, runtime, group)
    return Loop(task, config.running, setup)
