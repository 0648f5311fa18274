"""Learning curves of trainings by steps as CSV."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossmodal.files import atomic_path
from crossmodal.train.curve import Curve, Row


def write_curves(path: Path, trainings: Mapping[Any, Curve]) -> None:
    """Losses and validations of each part of a run, a row a step at which there is either."""
    rows = [{"part": part, **row} for part, done in trainings.items() for row in join_rows(done)]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([show(row.get(name)) for name in columns] for row in rows)


def join_rows(curve: Curve) -> list[Row]:
    """Rows of the learning curve and of the validations, joined by their step."""
    joined: dict[float | None, Row] = {}
    for row in [*curve.rows, *curve.validations]:
        joined.setdefault(row["step"], {}).update(row)
    return [joined[step] for step in sorted(joined, key=lambda step: step or 0)]


def show(value: float | str | None) -> str:
    """Five digits of a number; nothing where there is none."""
    return f"{value:.5g}" if isinstance(value, float) else "" if value is None else str(value)
