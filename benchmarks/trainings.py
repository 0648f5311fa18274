"""Auto-encoder trainings: plain torch, Keras and ours, both cores in use in each case.

Plain torch and Keras train one network with two threads; the pipeline trains two networks side by
side with one thread each, as its independent stages do.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.plain_layers import PLAIN
from benchmarks.timing import measure_in_turn, rate
from benchmarks.train_worker import EMBEDDING_SIZE
from crossmodal.data.mapping.classes import DatasetName
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.names import AutoencoderName
from crossmodal.report.mapping.paper import BASELINE, MODELS, TRAINING_IMAGES

# form -> (processes, threads of each)
FORMS = {"plain": (1, 2), "keras": (1, 2), "ours": (2, 1)}
SHAPES: dict[DatasetName, tuple[int, int, int]] = {"double": (1, 28, 56), "colored": (3, 28, 56)}
MATRIX_SIZE = 2048


@dataclass(frozen=True)
class TrainingRow:
    """One auto-encoder on one data set: images/s and peak memory (MiB) by form.

    share: the multiplications of the plain network that a form gets through a second, as a share
        of what the machine's matrix product does with both cores.
    """

    dataset: DatasetName
    model: AutoencoderName
    rates: dict[str, float]
    peaks: dict[str, int]
    share: dict[str, float]

    @property
    def ratio(self) -> float:
        """Ours against the plain form."""
        return self.rates["ours"] / self.rates["plain"]


def compare_trainings(folder: Path) -> Iterator[TrainingRow]:
    """Every auto-encoder of the paper on its data sets, whose shards lie in `folder`."""
    for dataset in TRAINING_IMAGES:
        for model in (name for name in MODELS if name != BASELINE):
            teams = {form: Team(form, model, folder / dataset) for form in FORMS}
            measures = {form: team.train for form, team in teams.items()}
            figures = measure_in_turn({**measures, "product": matrix_rate})
            peaks = {form: team.dismiss() for form, team in teams.items()}
            work = count_operations(model, SHAPES[dataset])
            share = {form: figures[form] * work / figures["product"] for form in FORMS}
            yield TrainingRow(dataset, model, figures, peaks, share)


class Team:
    """The processes of one form, warmed up and waiting."""

    def __init__(self, form: str, model: AutoencoderName, shards: Path) -> None:
        processes, threads = FORMS[form]
        command = [sys.executable, "-m", "benchmarks.train_worker", form, model, str(shards)]
        command += ["--threads", str(threads)]
        self.workers = [
            subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) for _ in range(processes)
        ]
        self.peak = 0
        self.listen()

    def train(self) -> float:
        """Images a second of all processes together."""
        for worker in self.workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        figures = [json.loads(line) for line in self.listen()]
        self.peak = max(figure["peak_mib"] for figure in figures)
        return float(sum(figure["rate"] for figure in figures))

    def listen(self) -> list[str]:
        """A line of each process."""
        lines = []
        for worker in self.workers:
            assert worker.stdout is not None
            lines.append(worker.stdout.readline())
        return lines

    def dismiss(self) -> int:
        """End the processes; the largest peak memory of one, MiB."""
        for worker in self.workers:
            worker.communicate()
        return self.peak


def count_operations(model: AutoencoderName, shape: tuple[int, int, int]) -> float:
    """Floating-point operations of a plain training step, for one image."""
    network = build_autoencoder(model, shape, EMBEDDING_SIZE, PLAIN)
    with FlopCounterMode(display=False) as counter:
        losses = network.losses(torch.zeros(8, *shape, dtype=torch.uint8), torch.Generator())
        losses.reconstruction.backward()
    return float(counter.get_total_flops() / 8)


def matrix_rate() -> float:
    """Floating-point operations a second of a large float32 product, by two threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    first, second = torch.rand(2, MATRIX_SIZE, MATRIX_SIZE)
    first @ second
    figure = rate(lambda: sum(2 * len(first @ second) ** 3 for _ in range(10)))
    torch.set_num_threads(threads)
    return figure


def describe_trainings(rows: list[TrainingRow]) -> tuple[list[str], list[list[str]]]:
    """Header and cells of the table."""
    header = ["training, images/s", "plain torch", "Keras 3", "ours", "ours : plain"]
    header += ["epoch, plain", "epoch, ours", "peak memory, plain | Keras | ours"]
    header += ["share of the matrix product, plain | ours"]
    cells = []
    for row in rows:
        epochs = [TRAINING_IMAGES[row.dataset] / row.rates[form] for form in ("plain", "ours")]
        peaks = " | ".join(f"{row.peaks[form]}" for form in FORMS).replace("|", "/")
        shares = " / ".join(f"{row.share[form]:.0%}" for form in ("plain", "ours"))
        cells.append(
            [f"{row.model}, {row.dataset}"]
            + [f"{row.rates[form]:,.0f}" for form in FORMS]
            + [f"{row.ratio:.1f}", *(f"{seconds:.0f} s" for seconds in epochs)]
            + [f"{peaks} MiB", shares]
        )
    return [name.replace("|", "/") for name in header], cells
