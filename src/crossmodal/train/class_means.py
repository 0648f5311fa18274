"""Training on class means instead of images: the same minimum, a thousandth of the work.

All images of a class share one text or speech vector, hence one prediction p. For the images x_i
of a class with mean m, sum_i |x_i - p|^2 = n |m - p|^2 + constant, and the binary cross-entropy,
linear in the target, is n times its value at m. So means weighted by class size give the same
gradients as the images themselves.

Legend: K classes, N items, D dimensions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


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
    """
    sums: NDArray[np.float64] | None = None
    counts = np.zeros(class_count, np.int64)
    for classes, values in batches:
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


def draw_batches(count: int, size: int, generator: torch.Generator) -> Iterable[Tensor]:
    """Endless row numbers, [size] at a time: every row once before any comes again.

    With `size` of at least `count` every batch is all rows.
    """
    while True:
        if size >= count:
            yield torch.arange(count)
        else:
            order = torch.randperm(count, generator=generator)
            yield from order[: count - count % size].split(size)
