"""Batches from one data set: a function of the seed and the batch's number, nothing else.

A data set is an endless stream of random permutations (epochs); a batch takes the next n items.
Where n does not divide the size, one batch at each border holds the last items of an epoch and the
first of the next, so that no item is lost or repeated. The other batches of an epoch are bucketed:
each run of `bucket` x n items of the permutation is sorted by length and cut into batches, whose
order is then random. Items of a batch are of similar length, in ascending order.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from crossmodal.errors import DataError

Numbers = NDArray[np.int64]


class Stream:
    """Batches from one data set, in epochs without repetition."""

    def __init__(
        self,
        count: int,
        lengths: Callable[[int], Numbers],
        size: int,
        bucket: int,
        seed: Sequence[int],
    ) -> None:
        """Prepare a stream.

        Args:
            count: items of the data set, N.
            lengths: the lengths [N] by which an epoch is bucketed.
            size: items of a batch.
            bucket: batches that are sorted together.

        Raises:
            DataError: no items.
        """
        if not count:
            raise DataError("a data set to train on has no items")
        self.count, self.lengths, self.size, self.bucket = count, lengths, size, bucket
        self.seed = seed
        self.cached: dict[int, Numbers] = {}

    def batch(self, number: int) -> tuple[Numbers, Numbers]:
        """The items of batch `number` from the start, and the epoch of each, both [size]."""
        first = number * self.size
        epochs = np.arange(first, first + self.size) // self.count
        parts = []
        for epoch in range(epochs[0], epochs[-1] + 1):
            start = first - epoch * self.count
            parts.append(self.order(epoch)[max(start, 0) : start + self.size])
        return np.concatenate(parts), epochs

    def order(self, epoch: int) -> Numbers:
        """All items in the order of an epoch, [N]."""
        if epoch not in self.cached:
            # Steps go forward, and a batch on a border needs the epoch before.
            self.cached = {e: order for e, order in self.cached.items() if e == epoch - 1}
            self.cached[epoch] = self.shuffle(epoch)
        return self.cached[epoch]

    def shuffle(self, epoch: int) -> Numbers:
        """Draw the order of an epoch; the batches that lie wholly in it are bucketed."""
        rng = np.random.default_rng([*self.seed, epoch])
        order = rng.permutation(self.count)
        head = -epoch * self.count % self.size
        whole = max(self.count - head, 0) // self.size * self.size
        middle = order[head : head + whole]
        lengths = self.lengths(epoch)
        pool = self.bucket * self.size
        for start in range(0, whole if self.bucket > 1 else 0, pool):
            part = middle[start : start + pool]
            part[:] = part[np.argsort(lengths[part], kind="stable")]
        middle[:] = rng.permutation(middle.reshape(-1, self.size)).ravel()
        return order
