"""Train one auto-encoder: one process of a comparison.

`plain` is what one would write first: plain layers, Adam, a DataLoader over single images of the
shards. `keras` is the same network in Keras, fed with whole batches. `ours` is what the pipeline
runs. After a warm-up the process says that it is ready; for every line that it is sent it trains
for some seconds and prints its images a second and its peak memory.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from benchmarks.plain_layers import PLAIN, plain_loss
from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.data.shards import ShardReader
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.names import AUTOENCODERS, AutoencoderName
from pipeline.stage import peak_memory

BATCH_SIZE = 32
EMBEDDING_SIZE = 100
# Later steps are slower than the first thousand: moments of weights at rest become denormal.
WARM_UP_STEPS = 1200
Step = Callable[[], int]


class SingleImages(IterableDataset[NDArray[np.uint8]]):
    """Image by image, as WebDataset's users mostly read."""

    def __init__(self, reader: ShardReader) -> None:
        self.reader = reader

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        while True:
            for block in self.reader.read_all():
                yield from block.images


def cut_blocks(reader: ShardReader) -> Iterator[Tensor]:
    """Endless batches as `crossmodal.train.mapping.autoencoder` cuts them."""
    rng = np.random.default_rng(0)
    while True:
        for block in reader.read_all():
            order = rng.permutation(len(block.images))
            yield from torch.from_numpy(block.images[order]).split(BATCH_SIZE)


def plain_step(name: AutoencoderName, reader: ShardReader) -> Step:
    """A function that makes one training step and returns the number of images."""
    network = build_autoencoder(name, reader.image_shape, EMBEDDING_SIZE, PLAIN)
    optimizer = torch.optim.Adam(network.parameters())
    batches = iter(DataLoader(SingleImages(reader), batch_size=BATCH_SIZE))

    def step() -> int:
        batch = next(batches)
        optimizer.zero_grad()
        plain_loss(network, batch).backward()
        optimizer.step()
        return len(batch)

    return step


def our_step(name: AutoencoderName, reader: ShardReader) -> Step:
    """The same as the pipeline trains."""
    network = build_autoencoder(name, reader.image_shape, EMBEDDING_SIZE)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    noise = torch.Generator().manual_seed(0)
    batches = cut_blocks(reader)

    def step() -> int:
        batch = next(batches)
        optimizer.zero_grad()
        losses = network.losses(batch, noise)
        (losses.reconstruction + losses.divergence).backward()
        optimizer.step()
        return len(batch)

    return step


def keras_step(name: AutoencoderName, reader: ShardReader) -> Step:
    """The same by Keras' own training step."""
    from benchmarks.keras_autoencoders import build_keras  # only where Keras is compared

    network = build_keras(name, reader.image_shape, EMBEDDING_SIZE)
    batches = cut_blocks(reader)

    def step() -> int:
        images = next(batches).permute(0, 2, 3, 1).contiguous().float().div_(255).numpy()
        network.train_on_batch(images, images)
        return len(images)

    return step


STEPS = {"plain": plain_step, "keras": keras_step, "ours": our_step}


def train_for(step: Step, seconds: float) -> float:
    """Images a second."""
    images, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        images += sum(step() for _ in range(5))
    return images / (time.perf_counter() - started)


def main() -> None:
    """Warm up; measure for every line of standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=["plain", "keras", "ours"])
    parser.add_argument("model", choices=AUTOENCODERS)
    parser.add_argument("shards", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    if options.form == "ours":
        prepare_runtime(Compute(device="cpu", precision="float32", threads=options.threads))
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    step = STEPS[options.form](options.model, ShardReader(options.shards, "train"))
    for _ in islice(iter(step, 0), WARM_UP_STEPS):
        pass
    print("ready", flush=True)
    for _ in sys.stdin:
        figure = train_for(step, options.seconds)
        print(json.dumps({"rate": figure, "peak_mib": peak_memory()}), flush=True)


if __name__ == "__main__":
    main()
