"""Training on class means instead of images: the same minimum, a thousandth of the work.

All images of a class share one text or speech vector, hence one prediction p. For the images x_i
of a class with mean m, sum_i |x_i - p|^2 = n |m - p|^2 + constant, and the binary cross-entropy,
linear in the target, is n times its value at m. So means weighted by class size give the same
gradients as the images themselves.

Legend: K classes, N items, D dimensions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from crossmodal.compute import Runtime
from crossmodal.errors import DataError


@dataclass(frozen=True)
class ClassMeans:
    """Training targets: `classes` int64 [K], `means` float32 [K, D], `weights` [K] adding to 1."""

    classes: Tensor
    means: Tensor
    weights: Tensor


def average_by_class(
    batches: Iterable[tuple[NDArray[Any], NDArray[Any]]], class_count: int
) -> ClassMeans:
    """Average (classes [N], values [N, ...]) over all batches; classes without items are left out.

    Sums are kept in float64, so the order of the items does not matter at float32's precision.

    Raises:
        DataError: a class is not one of 0 to `class_count` - 1.
    """
    sums: NDArray[np.float64] | None = None
    counts = np.zeros(class_count, np.int64)
    for classes, values in batches:
        if not ((classes >= 0) & (classes < class_count)).all():
            raise DataError(f"a class is none of 0 to {class_count - 1}: make the images again")
        flat = values.reshape(len(values), -1)
        if sums is None:
            sums = np.zeros((class_count, flat.shape[1]))
        # Sorted by class, each class is one run, which sums without a Python loop over items.
        order = np.argsort(classes, kind="stable")
        present, starts = np.unique(classes[order], return_index=True)
        sums[present] += np.add.reduceat(flat[order], starts, axis=0, dtype=np.float64)
        counts += np.bincount(classes, minlength=class_count)
    assert sums is not None, "no batches"
    found = np.flatnonzero(counts)
    means = sums[found] / counts[found, None]
    return ClassMeans(
        torch.from_numpy(found),
        torch.from_numpy(means.astype(np.float32)),
        torch.from_numpy((counts[found] / counts.sum()).astype(np.float32)),
    )


class Schedule(Protocol):
    """What `fit` takes from a section of the parameters."""

    steps: int
    batch_size: int
    learning_rate: float


def fit(
    network: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    weights: Tensor,
    schedule: Schedule,
    seed: int,
    runtime: Runtime,
    *,
    decay: bool = False,
) -> float:
    """Minimise `loss` by Adam; returns its last value.

    Args:
        loss: (row numbers [B], their shares [B] adding to 1) -> the weighted mean loss.
        weights: [K], the share of each row, a class or an image.
        decay: whether the learning rate falls along a line, to 0 after the last step.
    """
    optimizer = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate, fused=True)
    batches = draw_batches(len(weights), schedule.batch_size, torch.Generator().manual_seed(seed))
    for step, rows in enumerate(islice(batches, schedule.steps)):
        if decay:
            optimizer.param_groups[0]["lr"] = schedule.learning_rate * (1 - step / schedule.steps)
        optimizer.zero_grad()
        with runtime.autocast():
            value = loss(rows, weights[rows] / weights[rows].sum())
        value.backward()
        optimizer.step()
    return value.item()


def draw_batches(count: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless row numbers, [size] at a time: every row once before any comes again.

    With `size` of at least `count` every batch is all rows.
    """
    while True:
        if size >= count:
            yield torch.arange(count)
        else:
            order = torch.randperm(count, generator=generator)
            yield from order[: count - count % size].split(size)
