"""Images of two digits side by side, each a pure function of (seed, pair, index).

Legend: N images, C channels (1 plain, 3 coloured).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.mapping.classes import COLORED, DatasetName
from crossmodal.data.mnist import Digits

HEIGHT, WIDTH = 28, 56
CHANNELS = {dataset: 3 if colored else 1 for dataset, colored in COLORED.items()}
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Draws:
    """What N images are made of.

    pairs: int64 [N], left digit * 10 + right digit.
    sources: int64 [N, 2], the MNIST image of each digit.
    colors: int64 [N, 2], 0 red, 1 green, 2 blue; for digits that have colours.
    """

    pairs: NDArray[np.int64]
    sources: NDArray[np.int64]
    colors: NDArray[np.int64]

    def classes(self, dataset: DatasetName) -> NDArray[np.int64]:
        """The class index of each image, int64 [N] (see `data.mapping.classes`)."""
        if not COLORED[dataset]:
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


def compose_images(digits: Digits, draws: Draws, dataset: DatasetName) -> Images:
    """What the images of a data set look like, uint8 [N, C, 28, 56]."""
    return COMPOSERS[dataset](digits, draws)


def compose_double(digits: Digits, draws: Draws) -> Images:
    """Two digits side by side, white on black."""
    return np.concatenate([digits.images[pool] for pool in draws.sources.T], axis=2)[:, None]


def compose_colored(digits: Digits, draws: Draws) -> Images:
    """The same, each digit in its colour."""
    white = compose_double(digits, draws)[:, 0]
    images = np.zeros((len(white), 3, HEIGHT, WIDTH), np.uint8)
    for side, columns in enumerate((slice(None, WIDTH // 2), slice(WIDTH // 2, None))):
        images[np.arange(len(white)), draws.colors[:, side], :, columns] = white[:, :, columns]
    return images


COMPOSERS: dict[DatasetName, Callable[[Digits, Draws], Images]] = {
    "double": compose_double,
    "colored": compose_colored,
}
