"""Table 1 as bars from the paper's PSNR to ours: where their marks stand."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crossmodal.report.charts import Axis, Tick, fit_axis
from crossmodal.report.comparison import format_difference
from crossmodal.report.mapping.paper import COLUMNS, MODELS
from crossmodal.report.mapping.tables import pick_column
from crossmodal.report.mapping.verdict import subtract


@dataclass(frozen=True)
class Bar:
    """One model in one column of table 1, from the paper's PSNR to ours."""

    model: str
    y: float
    paper: float
    ours: float
    label: str  # the difference in dB
    below: bool


@dataclass(frozen=True)
class BarPanel:
    """One column of table 1."""

    title: str
    ticks: list[Tick]
    bars: list[Bar]


ROW, FIRST_ROW = 30, 22
BAR_START, BAR_END = 84, 292
BAR_PANEL_HEIGHT = FIRST_ROW + ROW * len(MODELS) + 20


def lay_out_bars(cells: pd.DataFrame) -> list[BarPanel]:
    """A panel for each column of table 1; both columns of a data set share their scale."""
    panels = []
    for modality, dataset in COLUMNS:
        known = cells[cells["dataset"] == dataset][["paper_psnr", "psnr"]]
        axis = fit_axis(known.to_numpy().ravel().tolist(), BAR_START, BAR_END)
        bars = [
            place_bar(axis, cell, FIRST_ROW + ROW * (row + 0.5))
            for row, cell in enumerate(pick_column(cells, modality, dataset))
        ]
        panels.append(BarPanel(f"{dataset}, from {modality}", axis.mark(5), bars))
    return panels


def place_bar(axis: Axis, cell: Mapping[str, float], y: float) -> Bar:
    """The bar of one cell at height `y`."""
    difference = subtract(cell["psnr"], cell["paper_psnr"])
    ends = axis.place(cell["paper_psnr"]), axis.place(cell["psnr"])
    return Bar(str(cell["model"]), y, *ends, format_difference(difference), difference < 0)
