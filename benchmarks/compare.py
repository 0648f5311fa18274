"""Measure ours against the obvious way; write benchmarks/results/ and growth.png.

Ratios are of figures of the same run, taken in turn: absolute ones depend on the machine and on
what else it does, so leave it alone meanwhile. All parts take about 25 minutes.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.class_means import ClassMeansRow, compare_class_means
from benchmarks.data import compare_psnr, compare_synthesis, make_images
from benchmarks.demo import measure_demo
from benchmarks.growth import draw_growth, measure_growth
from benchmarks.skipmodal import (
    SHARDING,
    TRAINING,
    measure_sharding,
    measure_steps,
    show_parts,
)
from benchmarks.stopwatch import REST
from benchmarks.trainings import compare_trainings, describe_trainings
from crossmodal.data.mapping.classes import DATASETS
from crossmodal.data.mnist import load_digits
from crossmodal.files import write_text
from crossmodal.report.tables import markdown_table
from pipeline.paths import MNIST

FOLDER = Path("benchmarks")
Table = tuple[list[str], list[list[str]]]


def show(rows: Iterator[Any]) -> list[Any]:
    """All rows, each printed as soon as it is there."""
    kept = []
    for row in rows:
        print(row, flush=True)
        kept.append(row)
    return kept


def trainings(folder: Path) -> Table:
    """Auto-encoders in plain torch, Keras and ours."""
    return describe_trainings(show(compare_trainings(folder)))


def data(folder: Path) -> Table:
    """Synthesis, reading, nearest neighbours."""
    digits = (load_digits(MNIST, "train"), load_digits(MNIST, "test"))
    rows = show(iter([*compare_synthesis(folder, digits), *compare_psnr()]))
    cells = [
        [name, unit, f"{f['obvious']:,.1f}", f"{f['ours']:,.1f}", f"{f['ours'] / f['obvious']:.0f}"]
        for name, unit, f in rows
    ]
    return ["", "unit", "obvious way", "ours", "ratio"], cells


def class_means(folder: Path) -> Table:
    """Mapping and baseline on class means."""
    header = ["training on class means", "passes/s, every image", "passes/s, class means", "ratio"]
    header += ["difference of the losses", "seconds to the same loss, batches of 32 images"]
    header += ["seconds, class means", "ratio of the seconds"]
    cells = []
    for row in show(compare_class_means()):
        passes, seconds = row.passes, row.seconds
        cells.append([row.name, f"{passes['images']:.2f}", f"{passes['means']:.0f}"])
        cells[-1] += [f"{passes['means'] / passes['images']:.0f}", show_difference(row)]
        cells[-1] += [f"{seconds['images']:.1f}", f"{seconds['means']:.2f}"]
        cells[-1] += [f"{seconds['images'] / seconds['means']:.0f}"]
    return header, cells


def show_difference(row: ClassMeansRow) -> str:
    """Relative; float32 resolves no less than 1e-7."""
    return f"{row.difference:.0e}" if row.difference else "below 1e-7"


def growth(folder: Path) -> Table:
    """Time and memory from 10,080 to 336,000 images; draws growth.png."""
    rows = pd.DataFrame(show(measure_growth()))
    draw_growth(FOLDER / "growth.png", rows)
    header = ["stage, colored", "images", "seconds", "images/s", "peak memory, MiB"]
    cells = []
    for r in rows.itertuples():
        cells.append([str(r.stage), f"{r.images:,}", f"{r.seconds:.1f}"])
        cells[-1] += [f"{r.images / r.seconds:,.0f}", f"{r.peak_mib}"]
    return header, cells


def demo(folder: Path) -> Table:
    """The page's answers, in the server and in Chromium."""
    header = ["milliseconds"]
    for place in ("in the server", "click to result"):
        header += [f"{place}, median", f"{place}, max"]
    cells = []
    for row in show(measure_demo(folder)):
        cells.append([row.name])
        for times in (row.server, row.page):
            cells[-1] += [f"{statistics.median(times):,.0f}", f"{max(times):,.0f}"]
    return header, cells


def sharding(folder: Path) -> Table:
    """Paper B's pairs into shards, and the shares of the time."""
    rows = show(measure_sharding(folder))
    cells = [show_parts(row, SHARDING) for row in rows]
    return ["sharding", "items/s", *SHARDING, REST], cells


def steps(folder: Path) -> Table:
    """Paper B's training steps, and the shares of the time."""
    rows = show(measure_steps(folder))
    return ["training", "samples/s", *TRAINING, REST], [show_parts(row, TRAINING) for row in rows]


PARTS: dict[str, Callable[[Path], Table]] = {
    part.__name__: part for part in (trainings, data, class_means, growth, demo, sharding, steps)
}


def main() -> None:
    """Run the parts, and write a table for each to benchmarks/results/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, where none is named")
    parts = parser.parse_args().parts or list(PARTS)
    digits = (load_digits(MNIST, "train"), load_digits(MNIST, "test"))
    with tempfile.TemporaryDirectory() as name:
        for dataset in DATASETS:
            make_images(Path(name) / dataset, dataset, digits, 100)
        for part in parts:
            table = markdown_table(*PARTS[part](Path(name)))
            write_text(FOLDER / "results" / f"{part}.md", f"{table}\n")


if __name__ == "__main__":
    main()
