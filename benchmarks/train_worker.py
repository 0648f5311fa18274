"""Train one auto-encoder for some seconds and print images a second: one process of a comparison.

`plain` is what one would write first: plain layers, a DataLoader over single images of the same
shards. `ours` is what the pipeline runs.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from benchmarks.plain_layers import PLAIN
from crossmodal.data.shards import ShardReader
from crossmodal.models.autoencoder import Autoencoder, build_autoencoder

WARM_UP_STEPS = 20


class SingleImages(IterableDataset):
    """Image by image, as WebDataset's users mostly read."""

    def __init__(self, reader: ShardReader) -> None:
        self.reader = reader

    def __iter__(self) -> Iterator[np.ndarray]:
        while True:
            for block in self.reader.read_all():
                yield from block.images


def plain_batches(reader: ShardReader, size: int) -> Iterator[Tensor]:
    """Endless batches through a DataLoader."""
    yield from DataLoader(SingleImages(reader), batch_size=size)


def our_batches(reader: ShardReader, size: int) -> Iterator[Tensor]:
    """Endless batches as `crossmodal.train.autoencoder` cuts them."""
    rng = np.random.default_rng(0)
    while True:
        for block in reader.read_all():
            order = rng.permutation(len(block.images))
            yield from torch.from_numpy(block.images[order]).split(size)


def measure(network: Autoencoder, batches: Iterator[Tensor], seconds: float) -> float:
    """Images a second of whole training steps, after a warm-up."""
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    noise = torch.Generator().manual_seed(0)
    images, started = 0, 0.0
    for step, batch in enumerate(batches):
        if step == WARM_UP_STEPS:
            images, started = 0, time.perf_counter()
        optimizer.zero_grad()
        losses = network.losses(batch, noise)
        (losses.reconstruction + losses.divergence).backward()
        optimizer.step()
        images += len(batch)
        if step > WARM_UP_STEPS and time.perf_counter() - started > seconds:
            break
    return images / (time.perf_counter() - started)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=["plain", "ours"])
    parser.add_argument("model")
    parser.add_argument("shards", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    shards = ShardReader(options.shards, "train")
    plain = options.form == "plain"
    layers = PLAIN if plain else None
    model = build_autoencoder(options.model, shards.image_shape, 100, layers)
    stream = (plain_batches if plain else our_batches)(shards, options.batch_size)
    print(measure(model, stream, options.seconds))
