"""Images of two digits side by side, each a pure function of (seed, pair, index).

Legend: N images, C channels (1 plain, 3 coloured).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.mapping.classes import DatasetName
from crossmodal.data.mnist import Digits

HEIGHT, WIDTH = 28, 56
CHANNELS: dict[DatasetName, int] = {"double": 1, "colored": 3}


@dataclass(frozen=True)
class Draws:
    """What N images are made of.

    pairs: int64 [N], left digit * 10 + right digit.
    sources: int64 [N, 2], the MNIST image of each digit.
    colors: int64 [N, 2], 0 red, 1 green, 2 blue; used by the coloured data set.
    """

    pairs: NDArray[np.int64]
    sources: NDArray[np.int64]
    colors: NDArray[np.int64]

    def classes(self, dataset: DatasetName) -> NDArray[np.int64]:
        """The class index of each image, int64 [N] (see `data.mapping.classes`)."""
        if dataset == "double":
            return self.pairs
        return self.pairs * 9 + self.colors[:, 0] * 3 + self.colors[:, 1]


def draw_span(digits: Digits, seed: int, pairs: Sequence[int], first: int, last: int) -> Draws:
    """Draw the images at positions [first, last) of the endless round-robin over `pairs`.

    Position p shows pair p % P with index p // P, so that every run of positions holds all
    pairs about equally often.
    """
    positions = np.arange(first, last)
    turn = positions % len(pairs)
    uniform = np.empty((last - first, 4))
    sources = np.empty((last - first, 2), np.int64)
    for number, pair in enumerate(pairs):
        here = turn == number
        if here.any():
            index = int(positions[here][0]) // len(pairs)
            uniform[here] = draw_uniform(seed, pair, index, int(here.sum()))
            for side, digit in enumerate(divmod(pair, 10)):
                pool = digits.of(digit)
                sources[here, side] = pool[(uniform[here, side] * len(pool)).astype(np.int64)]
    return Draws(np.asarray(pairs)[turn], sources, (uniform[:, 2:] * 3).astype(np.int64))


def draw_uniform(seed: int, pair: int, index: int, count: int) -> NDArray[np.float64]:
    """Four numbers in [0, 1) for each of `count` images of a pair, from `index` on.

    Philox is a counter-based generator with four words a count: (seed, pair) is its key and
    the image's index its counter, so any image can be drawn without those before it.
    """
    return np.random.Generator(np.random.Philox(key=[seed, pair], counter=index)).random((count, 4))


def compose_images(digits: Digits, draws: Draws, dataset: DatasetName) -> NDArray[np.uint8]:
    """Place each image's digits side by side, each in its colour: uint8 [N, C, 28, 56]."""
    count = len(draws.pairs)
    images = np.zeros((count, CHANNELS[dataset], HEIGHT, WIDTH), np.uint8)
    for side, columns in enumerate((slice(None, WIDTH // 2), slice(WIDTH // 2, None))):
        channel = draws.colors[:, side] if dataset == "colored" else 0
        images[np.arange(count), channel, :, columns] = digits.images[draws.sources[:, side]]
    return images
