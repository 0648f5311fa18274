"""What of paper A did not reproduce, found by rules in the measures of table 1.

All rules look at figures as the page prints them, to 0.01 dB, so that a reader can check each. What
the paper does not have is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Any

import pandas as pd

from crossmodal.report.comparison import order_pairs
from crossmodal.report.mapping.tables import list_columns, pick_column


@dataclass(frozen=True)
class Miss:
    """A cell of table 1 that does not hold up."""

    model: str
    modality: str
    dataset: str
    paper: float  # dB
    ours: float  # dB
    read: float  # share of classes read right

    @property
    def difference(self) -> float:
        """Ours less the paper's, dB."""
        return subtract(self.ours, self.paper)


@dataclass(frozen=True)
class Disorder:
    """A column of table 1 where some pair of models stands the other way round.

    paper, ours: models in groups of equal PSNR, the best first.
    """

    modality: str
    dataset: str
    paper: list[list[str]]
    ours: list[list[str]]
    swapped: list[tuple[str, str]]  # (better in the paper, better here)

    @property
    def pairs(self) -> int:
        """How many pairs of models there are."""
        return comb(sum(map(len, self.paper)), 2)


def subtract(ours: float, paper: float) -> float:
    """The difference of two figures as they are printed, dB."""
    return round(round(ours, 2) - round(paper, 2), 2)


def find_below(cells: pd.DataFrame, tolerance: float) -> list[Miss]:
    """Cells more than `tolerance` dB below the paper's."""
    return [miss for miss in list_cells(cells) if miss.difference < -tolerance]


def find_unread(cells: pd.DataFrame, tolerance: float, share: float) -> list[Miss]:
    """Cells at most `tolerance` dB below the paper's, yet less than `share` of them read right."""
    near = [miss for miss in list_cells(cells) if miss.difference >= -tolerance]
    return [miss for miss in near if miss.read < share]


def list_cells(cells: pd.DataFrame) -> Iterator[Miss]:
    """All cells that the paper has, column by column."""
    for modality, dataset in list_columns(cells):
        for cell in pick_known(cells, modality, dataset):
            figures = (float(cell["paper_psnr"]), float(cell["psnr"]), float(cell["read"]))
            yield Miss(str(cell["model"]), modality, dataset, *figures)


def find_disorder(cells: pd.DataFrame) -> list[Disorder]:
    """Columns where the paper's order of the models is not ours; a tie agrees with any order."""
    found = []
    for modality, dataset in list_columns(cells):
        column = pick_known(cells, modality, dataset)
        paper, ours = (
            {str(cell["model"]): round(float(cell[name]), 2) for cell in column}
            for name in ("paper_psnr", "psnr")
        )
        swapped = [pair for pair in order_pairs(paper) if ours[pair[0]] < ours[pair[1]]]
        if swapped:
            found.append(Disorder(modality, dataset, rank(paper), rank(ours), swapped))
    return found


def pick_known(cells: pd.DataFrame, modality: str, dataset: str) -> list[Any]:
    """The cells of a column that the paper has."""
    column = pick_column(cells, modality, dataset)
    return [cell for cell in column if pd.notna(cell["paper_psnr"])]


def rank(values: dict[str, Any]) -> list[list[str]]:
    """Models from best to worst; equals together."""
    levels = sorted(set(values.values()), reverse=True)
    return [[model for model in values if values[model] == level] for level in levels]
