"""Sections of paper B's page made from measures: opening, tables, what failed, limits, curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.measures import Ceilings
from crossmodal.evaluate.skipmodal.tasks import TASKS, Task
from crossmodal.report import charts
from crossmodal.report.page import Section, render
from crossmodal.report.sections import ShareCell
from crossmodal.report.skipmodal.curves import PANELS
from crossmodal.report.skipmodal.gallery import Sample
from crossmodal.report.skipmodal.paper import TABLES, Column, Row, Table
from crossmodal.report.skipmodal.runs import ADDITIONS, DIGIT_SCENES, Runs
from crossmodal.report.skipmodal.tables import (
    SHARES,
    SPLITS,
    Grid,
    describe_splits,
    tabulate_additions,
    tabulate_limits,
    tabulate_retrieval,
    tabulate_vocabulary,
    write_row,
)
from crossmodal.report.skipmodal.verdict import Judged, find_swaps


@dataclass(frozen=True)
class Sheet:
    """One of the paper's tables.

    lines: label, for each column (paper, ours, whether ours is the best), seeds. missing: lines of
    ours that were not run, with the paper's figures. reasons: why columns have no figure of ours.
    """

    table: Table
    lines: list[tuple[str, list[tuple[str, str, bool]], str]]
    missing: list[list[str]]
    reasons: list[str]


def make_opening(
    runs: Runs,
    judged: Sequence[Judged],
    counts: Sequence[tuple[str, str]],
    heroes: Sequence[Sample],
) -> Markup:
    """What the page is about, what one variant says of a few pictures, and the main figures.

    counts: (what, how many) of the data.
    """
    return render(
        "skipmodal/opening",
        said=runs.mean("ours", "test", "image_to_speech", "attributes.overall"),
        judged=judged,
        reached=sum(each.reached is True for each in judged),
        counts=counts,
        heroes=heroes,
        scenes=runs.data == DIGIT_SCENES,
    )


def make_tables(runs: Runs, variants: Sequence[str], overlap: str) -> Section:
    """Tables 1 to 6, and the number of distinct words (section 4.1).

    overlap: how the words of captions and of spoken texts compare, as a sentence.
    """
    sheets = [fill_sheet(table, runs) for table in TABLES]
    words = tabulate_vocabulary(runs, variants)
    about = runs.data == DIGIT_SCENES
    body = render("skipmodal/tables", sheets=sheets, words=words, overlap=overlap, scenes=about)
    return Section("tables", "Tables", "Tables 1 to 6: the paper and ours", body)


def fill_sheet(table: Table, runs: Runs) -> Sheet:
    """A table with its lines; those of ours that were not run apart."""
    best = [find_best(column, table.rows, runs) for column in table.columns]
    lines, missing, reasons = [], [], dict[str, None]()
    for row in table.rows:
        label, *cells, seeds = write_row(row, table, runs, "test")
        if row.variant and not runs.of(row.variant):
            missing.append([label, *cells[::2]])
            continue
        ours = [cell.partition(" (") for cell in cells[1::2]]
        marks = [row.variant is not None and row.variant == name for name in best]
        figures = [figure for figure, _, _ in ours]
        lines.append((label, list(zip(cells[::2], figures, marks, strict=True)), seeds))
        for column, (_, _, reason) in zip(table.columns, ours, strict=True):
            reasons |= {f"{column.label}: {reason.removesuffix(')')}": None} if reason else {}
    return Sheet(table, lines, missing, list(reasons))


def find_best(column: Column, rows: Sequence[Row], runs: Runs) -> str | None:
    """The variant with our best figure in a column; None where there are not two to compare."""
    means = {}
    for row in rows:
        mean = runs.mean(row.variant, "test", column.task, column.measure) if row.variant else None
        if row.variant and mean is not None:
            means[row.variant] = -mean if column.measure == "wer" else mean
    return max(means, key=means.__getitem__) if len(means) > 1 else None


def make_misses(runs: Runs, judged: Sequence[Judged]) -> Section:
    """Targets, reached or not, and lines that stand the other way round than in the paper."""
    swaps, pairs = find_swaps(runs)
    body = render("skipmodal/misses", judged=judged, swaps=swaps, pairs=pairs)
    return Section("misses", "Not reproduced", "What did not reproduce", body)


Shares = list[tuple[str, list[ShareCell]]]


def make_attributes(runs: Runs, variants: Sequence[str], splits: Sequence[Split]) -> Section:
    """Shares of attributes right by kind, of every task and split."""
    tables: dict[Split, dict[Task, Shares]] = {
        split: {task: list_shares(runs, variants, split, task) for task in TASKS}
        for split in splits
    }
    body = render("skipmodal/attributes", tables=tables, about=SPLITS, columns=SHARES)
    return Section("attributes", "Attributes", "Which attributes are said rightly", body)


def list_shares(runs: Runs, variants: Sequence[str], split: Split, task: Task) -> Shares:
    """(variant, its shares) of the variants that can do a task and have scenes to judge by."""
    measures = [f"attributes.{kind}" for kind in SHARES]
    means = {v: [runs.mean(v, split, task, name) for name in measures] for v in variants}
    means = {variant: own for variant, own in means.items() if own != [None] * len(SHARES)}
    percents = {variant: [100 * (mean or 0) for mean in own] for variant, own in means.items()}
    best = [max(map(round, column)) for column in zip(*percents.values(), strict=True)]
    rows = []
    for variant, own in percents.items():
        texts = [runs.cell(variant, split, task, name, 100, 0) for name in measures]
        cells = zip(texts, own, best, strict=True)
        rows.append((variant, [ShareCell(t, round(p, 1), round(p) == b > 0) for t, p, b in cells]))
    return rows


def make_limits(ceilings: Ceilings, splits: Sequence[Split], data: str = DIGIT_SCENES) -> Section:
    """What no run can exceed, and what no run should fall below."""
    grids = [tabulate_limits(ceilings, split, data) for split in splits]
    body = render("skipmodal/limits", grids=grids, about=describe_splits(data))
    return Section("limits", "Limits", "Ceilings and floor", body)


def make_additions(runs: Runs) -> list[Section]:
    """What each addition of ours is worth; no section where no run leaves one out."""
    names = ADDITIONS["ours"]
    grid = tabulate_additions(runs, "ours", names, TASKS)
    missing = [name for name in names if not runs.of(f"without_{name}")]
    if len(missing) == len(names):
        return []
    labels = {f"without {name.replace('_', ' ')}" for name in missing}
    rows = [row for row in grid.rows if row[0] not in labels]
    body = render(
        "skipmodal/additions", grid=Grid(grid.title, "test", grid.header, rows), missing=missing
    )
    return [Section("additions", "Additions", "What our additions are worth", body)]


def list_recall(runs: Runs, variants: Sequence[str]) -> list[Grid]:
    """A table of recall in all directions for each variant that has vectors in one space."""
    return [tabulate_retrieval(runs, each) for each in variants if runs.has_retrieval(each)]


def make_curves(curves: Mapping[str, pd.DataFrame]) -> Section:
    """Losses and validations of some runs while they train.

    Args:
        curves: a table for each run, with `step` and some of the columns of PANELS.
    """
    shown = {name: table for name, table in curves.items() if not PANELS.keys().isdisjoint(table)}
    panels = []
    for column, title in PANELS.items():
        points = {name: pick_points(table, column) for name, table in shown.items()}
        if any(points.values()):
            panels.append(charts.lay_out_panel(title, points))
    body = render("skipmodal/curves", panels=panels, chart=charts)
    return Section("curves", "Curves", "Learning curves", body)


def pick_points(table: pd.DataFrame, column: str) -> list[tuple[float, float]]:
    """(step, value) where a value was measured; word error rates above 1 at 1."""
    if column not in table:
        return []
    shown = table[["step", column]].dropna()
    if column.endswith("_wer"):
        shown[column] = shown[column].clip(upper=1)
    return [(float(step), float(value)) for step, value in shown.to_numpy()]
