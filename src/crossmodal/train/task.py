"""What one step of a training does; the loop around it is the same for all."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from crossmodal.compute import Runtime
from crossmodal.config.steps import Optimization
from crossmodal.errors import ParameterError
from crossmodal.train.distributed import ALONE, Group
from crossmodal.train.optimize import Updater, check_finite, learning_rate


class Task(ABC):
    """One kind of training.

    network: all that is trained; its weights and buffers are kept.
    updaters: what else the next step depends on.
    columns: names of all that steps measure, in the order of the learning curve.
    """

    def __init__(
        self,
        network: nn.Module,
        updaters: Sequence[Updater],
        columns: Sequence[str],
        runtime: Runtime,
        group: Group = ALONE,
    ) -> None:
        self.network, self.updaters, self.columns = network, updaters, columns
        self.runtime, self.group = runtime, group

    @abstractmethod
    def step(self, step: int) -> dict[str, float]:
        """Train on one batch; returns what was measured, each under its column.

        Args:
            step: counted from 0; decides, with the weights, all that happens.

        Raises:
            UserError: a loss or a gradient is not finite; it has changed no weight.
        """

    def measure(
        self, terms: dict[str, Tensor], norm: Tensor, step: int
    ) -> tuple[dict[str, float], float]:
        """Losses and gradient norm, averaged over all processes.

        One transfer from the device for all of them.

        Raises:
            UserError: a loss is not finite (in all processes, wherever it was found).
        """
        scalars = torch.stack([*(term.detach().float() for term in terms.values()), norm])
        *values, length = self.group.average(scalars).tolist()
        measured = dict(zip(terms, values, strict=True))
        check_finite(measured, step)
        return measured, length


class WeightedLosses(Task):
    """A network that returns unweighted loss terms by name; their weighted sum is minimized.

    One with an attribute `progress` is told before each step the share that is done, in [0, 1).
    """

    def __init__(
        self,
        network: nn.Module,
        load: Callable[[int], Any],
        weights: Mapping[str, float],
        optimization: Optimization,
        steps: int,
        runtime: Runtime,
        group: Group = ALONE,
    ) -> None:
        """Prepare a training.

        Args:
            load: this process's batch of a step, on the device, as the network takes it.
            weights: of every term that the network may return.
        """
        network = network.to(runtime.device)
        self.call = group.wrap(network, runtime)
        self.load, self.weights = load, weights
        self.updater = Updater(network, optimization, steps, runtime)
        columns = ("loss", *weights, "gradient_norm", "learning_rate")
        super().__init__(network, (self.updater,), columns, runtime, group)

    def step(self, step: int) -> dict[str, float]:
        """One update; see `Task.step`.

        Raises:
            ParameterError: the network returns a term that has no weight.
            UserError: a loss or a gradient is not finite.
        """
        batch = self.load(step)
        if hasattr(self.network, "progress"):
            setattr(self.network, "progress", step / self.updater.steps)  # noqa: B010
        with self.runtime.autocast():
            terms = self.call(batch)
        total = self.weigh(terms)
        norm = self.updater.backward(total)
        measured, length = self.measure({**terms, "loss": total}, norm, step)
        self.updater.step(step, length)
        rate = learning_rate(self.updater.config, step, self.updater.steps)
        return measured | {"gradient_norm": length, "learning_rate": rate}

    def weigh(self, terms: dict[str, Tensor]) -> Tensor:
        """The weighted sum, in float32."""
        unknown = terms.keys() - self.weights.keys()
        if unknown:
            raise ParameterError(
                f"no weight for the loss {', '.join(sorted(unknown))}; "
                f"there are: {', '.join(self.weights)}"
            )
        # Terms of weight 0 stay in: data-parallel training waits for their parameters too.
        return torch.stack([self.weights[n] * term.float() for n, term in terms.items()]).sum()
