"""Sections of paper A's page made from measures: opening, table 1, curves, shares, what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd
from markupsafe import Markup

from crossmodal.data.mapping.classes import DatasetName
from crossmodal.report import charts
from crossmodal.report.comparison import format_difference
from crossmodal.report.mapping import bars
from crossmodal.report.mapping.gallery import Example
from crossmodal.report.mapping.paper import TRAINING_IMAGES
from crossmodal.report.mapping.tables import (
    list_columns,
    list_models,
    pick_column,
    with_deviation,
)
from crossmodal.report.mapping.verdict import (
    find_below,
    find_disorder,
    find_unread,
    list_cells,
    subtract,
)
from crossmodal.report.page import Section, render
from crossmodal.report.sections import ShareCell


@dataclass(frozen=True)
class PsnrCell:
    """One cell of table 1 as text; the best of a column are marked.

    difference: empty where the paper does not have the cell.
    """

    paper: str
    ours: str
    difference: str
    below: bool
    best_in_paper: bool
    best: bool


def make_opening(
    cells: pd.DataFrame,
    tolerance: float,
    training_images: Mapping[DatasetName, int],
    held_out: Mapping[DatasetName, int],
    heroes: Mapping[DatasetName, Sequence[Example]],
) -> Markup:
    """What the page is about, a few pictures, and the main figures of this run.

    Args:
        tolerance: dB below the paper's PSNR that still counts as near.
        training_images, held_out: images and held-out classes of each data set.
        heroes: pictures of each data set to begin with.
    """
    differences = [cell.difference for cell in list_cells(cells)]
    return render(
        "mapping/opening",
        above=sum(difference >= 0 for difference in differences),
        near=sum(difference >= -tolerance for difference in differences),
        cells=len(differences),
        tolerance=tolerance,
        training_images=training_images,
        paper_images=TRAINING_IMAGES,
        held_out=held_out,
        heroes=heroes,
    )


def make_table(cells: pd.DataFrame) -> Section:
    """Table 1, the paper's figures beside ours, and the same as bars."""
    names = list_columns(cells)
    columns = [list_psnr(cells, *column) for column in names]
    body = render(
        "mapping/table1",
        columns=names,
        rows=list(zip(list_models(cells), zip(*columns, strict=True), strict=True)),
        panels=bars.lay_out_bars(cells),
        chart=bars,
    )
    return Section("table1", "Table 1", "Table 1: the paper and ours", body)


def list_psnr(cells: pd.DataFrame, modality: str, dataset: str) -> list[PsnrCell]:
    """One column of table 1, model by model."""
    column = pick_column(cells, modality, dataset)
    paper = [round(float(cell["paper_psnr"]), 2) for cell in column]
    ours = [round(float(cell["psnr"]), 2) for cell in column]
    return [
        PsnrCell(
            with_deviation(cell, "paper_psnr", "{:.2f}"),
            with_deviation(cell, "psnr", "{:.2f}"),
            "" if isnan(theirs) else format_difference(subtract(value, theirs)),
            value < theirs,
            theirs == nanmax(paper),
            value == max(ours),
        )
        for cell, theirs, value in zip(column, paper, ours, strict=True)
    ]


def nanmax(values: Sequence[float]) -> float:
    """The largest of all that are known."""
    return max((value for value in values if not isnan(value)), default=nan)


def make_curves(curves: Mapping[str, Mapping[str, pd.DataFrame]]) -> Section:
    """Learning curves of all auto-encoders.

    Args:
        curves: dataset -> model -> columns images and reconstruction (nats an image).
    """
    panels = []
    for dataset, tables in curves.items():
        points = {m: t[["images", "reconstruction"]].to_numpy().tolist() for m, t in tables.items()}
        panels.append(charts.lay_out_panel(dataset, points))
    body = render("mapping/curves", panels=panels, chart=charts)
    return Section("curves", "Curves", "Learning curves", body)


def make_reading(cells: pd.DataFrame, accuracy: float) -> Section:
    """How often the classifier reads what was asked for; `accuracy`: its own, on plain MNIST."""
    shares = list_shares(cells, "read")
    body = render("mapping/reading", columns=label(cells), rows=shares, accuracy=accuracy)
    return Section("reading", "Reading", "What a classifier reads in the pictures", body)


def make_retrieval(cells: pd.DataFrame) -> Section:
    """The way back: how often the words of a picture are found, in each way."""
    names = ("retrieval", "latent_retrieval", "captioner_retrieval")
    ways = {name: list_shares(cells, name) for name in names}
    body = render("mapping/retrieval", columns=label(cells), **ways)
    return Section("retrieval", "Way back", "The way back: words for a picture", body)


def label(cells: pd.DataFrame) -> list[str]:
    """The headings of the columns of table 1."""
    return [", ".join(column) for column in list_columns(cells)]


def list_shares(cells: pd.DataFrame, measure: str) -> list[tuple[str, list[ShareCell]]]:
    """(model, its cells) for each model that has the measure."""
    columns = []
    for column in list_columns(cells):
        picked = [cell for cell in pick_column(cells, *column) if pd.notna(cell.get(measure))]
        best = max((round(100 * cell[measure]) for cell in picked), default=0)
        columns.append({cell["model"]: describe_share(cell, measure, best) for cell in picked})
    named = [model for model in list_models(cells) if all(model in column for column in columns)]
    return [(model, [column[model] for column in columns]) for model in named]


def describe_share(cell: Any, measure: str, best: int) -> ShareCell:
    """A share and its deviation in whole percent."""
    percent = {name: 100 * cell[name] for name in (measure, f"{measure}_std") if name in cell}
    text = with_deviation(percent, measure, "{:.0f}")
    return ShareCell(text, round(percent[measure], 1), round(percent[measure]) == best > 0)


def make_misses(cells: pd.DataFrame, tolerance: float, share: float) -> Section:
    """What did not reproduce, by the rules of `verdict`."""
    body = render(
        "mapping/misses",
        tolerance=tolerance,
        share=share,
        below=find_below(cells, tolerance),
        disorder=find_disorder(cells),
        columns=len({(cell.modality, cell.dataset) for cell in list_cells(cells)}),
        unread=find_unread(cells, tolerance, share),
    )
    return Section("misses", "Not reproduced", "What did not reproduce", body)
