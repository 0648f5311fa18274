"""Measure ours against the obvious way, in turn, and write benchmarks/results.md.

Every row is a ratio of two figures of the same run: absolute ones depend on the machine and on
what else it does. Both cores are in use in each case of the trainings: the plain form trains one
network with two threads, the pipeline two networks with one thread each.
"""

import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from crossmodal.compute import prepare_runtime
from crossmodal.config.images import SynthesizeImages
from crossmodal.config.training import Compute, TrainMapping
from crossmodal.data.classes import DATASETS, DatasetName
from crossmodal.data.mnist import Digits, load_digits
from crossmodal.data.shards import ShardReader
from crossmodal.data.synthesis import synthesize
from crossmodal.evaluate.psnr import nearest_errors
from crossmodal.files import write_text
from crossmodal.models.names import AUTOENCODERS
from crossmodal.report.tables import markdown_table
from crossmodal.train.class_means import ClassMeans, average_by_class
from crossmodal.train.mapping import train_mapping
from pipeline import stage
from pipeline.paths import MNIST

RESULTS = Path("benchmarks/results.md")
ROUNDS = 3


@dataclass(frozen=True)
class Row:
    """What was measured: the obvious way and ours, in `unit` (more is better)."""

    name: str
    unit: str
    obvious: float
    ours: float


def medians_in_turn(first: Callable[[], float], second: Callable[[], float]) -> tuple[float, float]:
    """The medians of both, measured A B A B, so that a drift of the machine meets both."""
    pairs = [(first(), second()) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def rate(work: Callable[[], int]) -> float:
    """Items a second."""
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)


def start_worker(form: str, model: str, shards: Path, threads: int) -> subprocess.Popen[str]:
    """One training process."""
    command = [sys.executable, "-m", "benchmarks.train_worker", form, model, str(shards)]
    return subprocess.Popen(
        [*command, "--threads", str(threads)], stdout=subprocess.PIPE, text=True
    )


def train_side_by_side(form: str, model: str, shards: Path, processes: int, threads: int) -> float:
    """Images a second of all processes together."""
    workers = [start_worker(form, model, shards, threads) for _ in range(processes)]
    return sum(float(worker.communicate()[0]) for worker in workers)


def compare_trainings(folder: Path) -> Iterator[Row]:
    """Every auto-encoder on both data sets."""
    for dataset in DATASETS:
        for model in AUTOENCODERS:
            shards = folder / dataset
            figures = medians_in_turn(
                partial(train_side_by_side, "plain", model, shards, processes=1, threads=2),
                partial(train_side_by_side, "ours", model, shards, processes=2, threads=1),
            )
            yield Row(f"training {model}, {dataset}", "images/s", *figures)


def compare_synthesis(folder: Path, digits: tuple[Digits, Digits]) -> Iterator[Row]:
    """Shards of blocks against one PNG an image; reading them back."""
    blocks = [b.images for b in ShardReader(folder / "colored", "train").read_all()]
    count = 2000
    images = np.concatenate(blocks)[:count].transpose(0, 2, 3, 1)
    pngs = folder / "png"
    pngs.mkdir()

    def write_pngs() -> int:
        for number, image in enumerate(images):
            Image.fromarray(image).save(pngs / f"{number}.png")
        return count

    def write_shards() -> int:
        with tempfile.TemporaryDirectory() as other:
            return make_images(Path(other) / "colored", "colored", digits)

    def read_pngs() -> int:
        for number in range(count):
            np.asarray(Image.open(io.BytesIO((pngs / f"{number}.png").read_bytes())))
        return count

    def read_shards() -> int:
        return sum(len(b.images) for b in ShardReader(folder / "colored", "train").read_all())

    yield Row(
        "writing coloured images",
        "images/s",
        *medians_in_turn(lambda: rate(write_pngs), lambda: rate(write_shards)),
    )
    yield Row(
        "reading coloured images",
        "images/s",
        *medians_in_turn(lambda: rate(read_pngs), lambda: rate(read_shards)),
    )


def compare_class_means() -> Iterator[Row]:
    """An epoch of the mapping on 84,000 images against one on 84 class means."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(84), 1000)
    vectors = rng.normal(size=(len(classes), 100)).astype(np.float32)
    sources = rng.normal(size=(84, 26)).astype(np.float32)
    runtime = prepare_runtime(Compute(device="cpu", precision="float32", threads=2))
    share = torch.full((len(classes),), 1 / len(classes))
    images = ClassMeans(torch.from_numpy(classes), torch.from_numpy(vectors), share)
    means = average_by_class([(classes, vectors)], 84)
    statistics_ = (vectors.mean(0), vectors.std(0))

    def epochs(data: ClassMeans, steps: int) -> int:
        config = TrainMapping(
            seeds=(0,), hidden_size=256, steps=steps, batch_size=len(classes), learning_rate=1e-3
        )
        train_mapping(data, statistics_, sources, config, 0, runtime)
        return steps

    figures = medians_in_turn(
        lambda: rate(lambda: epochs(images, 3)), lambda: rate(lambda: epochs(means, 300))
    )
    yield Row("mapping, passes over 84,000 images", "passes/s", *figures)


def compare_psnr() -> Iterator[Row]:
    """The closest of 16,000 held-out images by one matrix product against a loop."""
    rng = np.random.default_rng(0)
    held_out = rng.integers(0, 256, (16_000, 1, 28, 56), np.uint8)
    generated = torch.rand(16, 1, 28, 56)

    def loop() -> int:
        for image in generated[:2].numpy():
            min(float(((image - other / 255) ** 2).mean()) for other in held_out)
        return 2

    def product() -> int:
        nearest_errors(generated, np.array_split(held_out, 16))
        return len(generated)

    yield Row(
        "closest held-out image",
        "images/s",
        *medians_in_turn(lambda: rate(loop), lambda: rate(product)),
    )


def make_images(folder: Path, dataset: DatasetName, digits: tuple[Digits, Digits]) -> int:
    """About 10,000 images of a data set; returns how many."""
    config = stage.load("synthesize_images", SynthesizeImages)
    few = config.double.model_copy(update={"train_per_pair": 100, "held_out_per_pair": 100})
    config = config.model_copy(update={"double": few, "colored": few})
    for _ in synthesize(folder, dataset, *digits, config):
        pass
    return 10_000


def main() -> None:
    """Run all comparisons and write the table."""
    digits = (load_digits(MNIST, "train"), load_digits(MNIST, "test"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for dataset in DATASETS:
            make_images(folder / dataset, dataset, digits)
        comparisons = [
            compare_trainings(folder),
            compare_synthesis(folder, digits),
            compare_class_means(),
            compare_psnr(),
        ]
        rows = []
        for row in (row for comparison in comparisons for row in comparison):
            figures = [f"{row.obvious:,.1f}", f"{row.ours:,.1f}", f"{row.ours / row.obvious:.1f}"]
            rows.append([row.name, row.unit, *figures])
            print(*rows[-1], sep=" | ", flush=True)
    table = markdown_table(["", "unit", "obvious way", "ours", "ratio"], rows)
    write_text(RESULTS, f"{table}\n")


if __name__ == "__main__":
    main()
