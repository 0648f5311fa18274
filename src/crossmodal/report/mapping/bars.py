"""Table 1 as bars from the paper's PSNR to ours: where their marks stand."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crossmodal.report.charts import Axis, Tick, fit_axis
from crossmodal.report.comparison import format_difference
from crossmodal.report.mapping.tables import UNKNOWN, list_columns, pick_column
from crossmodal.report.mapping.verdict import subtract


@dataclass(frozen=True)
class Bar:
    """One model in one column of table 1, from the paper's PSNR to ours.

    paper: None where the paper does not have it. label: the difference in dB.
    """

    model: str
    y: float
    paper: float | None
    ours: float
    label: str
    below: bool


@dataclass(frozen=True)
class BarPanel:
    """One column of table 1."""

    title: str
    ticks: list[Tick]
    bars: list[Bar]
    height: int


ROW, FIRST_ROW = 30, 22
BAR_START, BAR_END = 84, 292
LAST_ROW = 20  # from the bottom


def lay_out_bars(cells: pd.DataFrame) -> list[BarPanel]:
    """A panel for each column of table 1; both columns of a data set share their scale."""
    panels = []
    for modality, dataset in list_columns(cells):
        known = cells[cells["dataset"] == dataset][["paper_psnr", "psnr"]]
        axis = fit_axis(known.stack().dropna().tolist(), BAR_START, BAR_END)
        bars = [
            place_bar(axis, cell, FIRST_ROW + ROW * (row + 0.5))
            for row, cell in enumerate(pick_column(cells, modality, dataset))
        ]
        height = FIRST_ROW + ROW * len(bars) + LAST_ROW
        panels.append(BarPanel(f"{dataset}, from {modality}", axis.mark(5), bars, height))
    return panels


def place_bar(axis: Axis, cell: Mapping[str, float], y: float) -> Bar:
    """The bar of one cell at height `y`."""
    model, ours = str(cell["model"]), axis.place(cell["psnr"])
    if pd.isna(cell["paper_psnr"]):
        return Bar(model, y, None, ours, UNKNOWN, below=False)
    difference = subtract(cell["psnr"], cell["paper_psnr"])
    paper = axis.place(cell["paper_psnr"])
    return Bar(model, y, paper, ours, format_difference(difference), difference < 0)
