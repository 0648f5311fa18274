"""Mapping and direct baseline: training on class means against training on every image.

Equal in the strict sense: with all images in a batch, both take the same steps. Images in small
batches, as one would mostly train, take more and noisier steps a pass; for them the time is
measured until the loss over all images is the same.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from benchmarks.timing import measure_in_turn, rate
from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.mappings import TrainCaptioner, TrainDirect, TrainMapping
from crossmodal.models.mapping.mapping import Mapping
from crossmodal.train.mapping.class_means import ClassMeans, average_by_class
from crossmodal.train.mapping.direct import train_direct
from crossmodal.train.mapping.mapping import train_mapping

CLASSES, SOURCE_SIZE, EMBEDDING_SIZE = 84, 26, 100
SHAPE = (1, 28, 56)
SMALL_BATCH = 32
RUNTIME = prepare_runtime(Compute(device="cpu", precision="float32", threads=2))


@dataclass(frozen=True)
class Task:
    """The same training on images and on class means.

    train: (data, batch size, steps) -> (network, last loss).
    loss: of a network over all images, less what no network can reach.
    """

    images: ClassMeans
    means: ClassMeans
    train: Callable[[ClassMeans, int, int], tuple[nn.Module, float]]
    loss: Callable[[nn.Module], float]


def make_data(
    per_class: int, make: Callable[[NDArray[np.int64]], NDArray[np.float32]]
) -> tuple[ClassMeans, ClassMeans]:
    """`per_class` made-up items of every class, one by one and averaged."""
    classes = np.tile(np.arange(CLASSES), per_class)
    values = make(classes)
    share = torch.full((len(classes),), 1 / len(classes))
    images = ClassMeans(torch.from_numpy(classes), torch.from_numpy(values), share)
    return images, average_by_class([(classes, values)], CLASSES)


def mapping_task() -> Task:
    """84,000 image embeddings, spread around a centre for each class."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CLASSES, EMBEDDING_SIZE))

    def make(classes: NDArray[np.int64]) -> NDArray[np.float32]:
        spread = rng.normal(size=(len(classes), EMBEDDING_SIZE))
        return (centres[classes] + spread).astype(np.float32)

    images, means = make_data(1000, make)
    sources = rng.normal(size=(CLASSES, SOURCE_SIZE)).astype(np.float32)
    statistics = (images.means.numpy().mean(0), images.means.numpy().std(0))

    def train(data: ClassMeans, batch_size: int, steps: int) -> tuple[nn.Module, float]:
        config = TrainMapping(
            seeds=(0,),
            hidden_size=256,
            steps=steps,
            batch_size=batch_size,
            learning_rate=1e-3,
            captioner=TrainCaptioner(hidden_size=0, steps=1, batch_size=1, learning_rate=1e-3),
        )
        return train_mapping(data, statistics, sources, config, 0, RUNTIME)

    rows = torch.from_numpy(sources)

    def loss(network: nn.Module) -> float:
        assert isinstance(network, Mapping)
        return network.losses(means.means, rows, means.weights).total().item()

    return Task(images, means, train, loss)


def direct_task() -> Task:
    """8,400 images of noise, darker or brighter from class to class."""
    rng = np.random.default_rng(0)
    centres = rng.random((CLASSES, *SHAPE), np.float32)

    def make(classes: NDArray[np.int64]) -> NDArray[np.float32]:
        return (rng.random((len(classes), *SHAPE), np.float32) < centres[classes]).astype(
            np.float32
        )

    images, means = make_data(100, make)
    images = ClassMeans(images.classes, images.means.flatten(1), images.weights)
    sources = rng.normal(size=(CLASSES, SOURCE_SIZE)).astype(np.float32)

    def train(data: ClassMeans, batch_size: int, steps: int) -> tuple[nn.Module, float]:
        config = TrainDirect(
            seeds=(0,), channels=32, steps=steps, batch_size=batch_size, learning_rate=1e-3
        )
        return train_direct(data, SHAPE, sources, config, 0, RUNTIME)

    rows, targets = torch.from_numpy(sources), means.means.unflatten(1, SHAPE)

    def loss(network: nn.Module) -> float:
        errors = F.binary_cross_entropy_with_logits(
            network.train()(rows), targets, reduction="none"
        )
        return (errors.mean((1, 2, 3)) @ means.weights).item()

    return Task(images, means, train, loss)


@dataclass(frozen=True)
class ClassMeansRow:
    """What class means gain.

    passes: passes a second over all images, by form; every image in one batch.
    difference: of the losses after the same steps, relative.
    seconds: until the same loss, images in batches of 32 against class means.
    """

    name: str
    passes: dict[str, float]
    difference: float
    seconds: dict[str, float]


def compare_class_means() -> Iterator[ClassMeansRow]:
    """Mapping and baseline."""
    yield compare("mapping, 84,000 images", mapping_task(), steps=3, epochs=3)
    yield compare("direct, 8,400 images", direct_task(), steps=2, epochs=10)


def compare(name: str, task: Task, steps: int, epochs: int) -> ClassMeansRow:
    """One row; `epochs`: passes of the training in small batches."""
    count = len(task.images.classes)
    networks: dict[str, nn.Module] = {}

    def run(form: str, data: ClassMeans, steps: int) -> int:
        networks[form], _ = task.train(data, len(data.classes), steps)
        return steps

    passes = measure_in_turn(
        {
            "images": lambda: rate(lambda: run("images", task.images, steps)),
            "means": lambda: rate(lambda: run("means", task.means, 100 * steps)),
        }
    )
    run("means", task.means, steps)
    seconds = {}
    started = time.perf_counter()
    network, _ = task.train(task.images, SMALL_BATCH, epochs * count // SMALL_BATCH)
    seconds["images"] = time.perf_counter() - started
    seconds["means"] = time_until(task, task.loss(network))
    losses = [task.loss(networks[form]) for form in ("images", "means")]
    difference = abs(losses[0] - losses[1]) / losses[1]
    return ClassMeansRow(name, passes, difference, seconds)


def time_until(task: Task, loss: float) -> float:
    """Seconds of the shortest training on class means, in powers of 2 steps, with this loss."""
    steps, reached = 1, float("inf")
    while reached > loss:
        steps *= 2
        started = time.perf_counter()
        network, _ = task.train(task.means, CLASSES, steps)
        seconds = time.perf_counter() - started
        reached = task.loss(network)
    return seconds
