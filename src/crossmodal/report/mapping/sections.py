"""Sections of paper A's page made from measures: opening, table 1, curves, shares, what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.report import charts
from crossmodal.report.comparison import format_difference
from crossmodal.report.mapping import bars
from crossmodal.report.mapping.gallery import Example
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TRAINING_IMAGES
from crossmodal.report.mapping.tables import pick_column, with_deviation
from crossmodal.report.mapping.verdict import (
    find_below,
    find_disorder,
    find_unread,
    list_cells,
    subtract,
)
from crossmodal.report.page import Section, render
from crossmodal.report.sections import ShareCell

LABELS = [", ".join(column) for column in COLUMNS]


@dataclass(frozen=True)
class PsnrCell:
    """One cell of table 1 as text; the best of a column are marked."""

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
    columns = [list_psnr(cells, *column) for column in COLUMNS]
    body = render(
        "mapping/table1",
        columns=COLUMNS,
        rows=list(zip(MODELS, zip(*columns, strict=True), strict=True)),
        panels=bars.lay_out_bars(cells),
        chart=bars,
    )
    return Section("table1", "Table 1", "Table 1: the paper and ours", body)


def list_psnr(cells: pd.DataFrame, modality: str, dataset: str) -> list[PsnrCell]:
    """One column of table 1, in the order of MODELS."""
    column = pick_column(cells, modality, dataset)
    paper = [round(float(cell["paper_psnr"]), 2) for cell in column]
    ours = [round(float(cell["psnr"]), 2) for cell in column]
    return [
        PsnrCell(
            f"{theirs:.2f}",
            with_deviation(cell, "psnr", "{:.2f}"),
            format_difference(subtract(value, theirs)),
            value < theirs,
            theirs == max(paper),
            value == max(ours),
        )
        for cell, theirs, value in zip(column, paper, ours, strict=True)
    ]


def make_curves(curves: Mapping[str, pd.DataFrame]) -> Section:
    """Learning curves of all auto-encoders.

    Args:
        curves: 'dataset-model' -> columns images and reconstruction (nats an image).
    """
    panels = []
    for dataset in DATASETS:
        tables = {model: curves[f"{dataset}-{model}"] for model in AUTOENCODERS}
        points = {m: t[["images", "reconstruction"]].to_numpy().tolist() for m, t in tables.items()}
        panels.append(charts.lay_out_panel(dataset, points))
    body = render("mapping/curves", panels=panels, chart=charts)
    return Section("curves", "Curves", "Learning curves", body)


def make_reading(cells: pd.DataFrame, accuracy: float) -> Section:
    """How often the classifier reads what was asked for; `accuracy`: its own, on plain MNIST."""
    body = render(
        "mapping/reading", columns=LABELS, rows=list_shares(cells, "read"), accuracy=accuracy
    )
    return Section("reading", "Reading", "What a classifier reads in the pictures", body)


def make_retrieval(cells: pd.DataFrame) -> Section:
    """The way back: how often the words of a picture are found, in two ways."""
    ways = {name: list_shares(cells, name) for name in ("retrieval", "latent_retrieval")}
    body = render("mapping/retrieval", columns=LABELS, **ways)
    return Section("retrieval", "Way back", "The way back: words for a picture", body)


def list_shares(cells: pd.DataFrame, measure: str) -> list[tuple[str, list[ShareCell]]]:
    """(model, its four cells) for each model that has the measure."""
    columns = []
    for column in COLUMNS:
        picked = [cell for cell in pick_column(cells, *column) if pd.notna(cell.get(measure))]
        best = max((round(100 * cell[measure]) for cell in picked), default=0)
        columns.append({cell["model"]: describe_share(cell, measure, best) for cell in picked})
    named = [model for model in MODELS if all(model in column for column in columns)]
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
        columns=len(COLUMNS),
        pairs=len(MODELS) * (len(MODELS) - 1) // 2,
        unread=find_unread(cells, tolerance, share),
    )
    return Section("misses", "Not reproduced", "What did not reproduce", body)
