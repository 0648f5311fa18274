"""Paper A's table 1 with our figures beside the paper's, as CSV and Markdown."""

from collections.abc import Mapping
from itertools import product
from math import nan
from typing import Any

import pandas as pd

from crossmodal.report.mapping.paper import MODALITIES, TABLE_1
from crossmodal.report.tables import markdown_table

# dataset -> model -> modality -> measure -> value, as `evaluate.mapping.generation` gives it.
Measures = Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]
SOURCES = ("paper", "ours")
UNKNOWN = "–"  # stands where there is no figure


def tabulate_measures(measures: Measures) -> pd.DataFrame:
    """One row a cell of table 1: its name and parts, the paper's PSNR, all of our measures.

    Models and data sets keep the order that they have in `measures`. Where the paper has no such
    cell, its PSNR is NaN.
    """
    rows: list[dict[str, Any]] = []
    for model in next(iter(measures.values())):
        for modality, dataset in product(MODALITIES, measures):
            cell = {"cell": f"{modality} {dataset} {model}"}
            cell |= {"model": model, "modality": modality, "dataset": dataset}
            paper = {"paper_psnr": TABLE_1.get((model, modality, dataset), nan)}
            rows.append({**cell, **paper, **measures[dataset][model][modality]})
    return pd.DataFrame(rows)


def list_models(cells: pd.DataFrame) -> list[str]:
    """The models of table 1, its rows."""
    return list(cells["model"].unique())


def list_columns(cells: pd.DataFrame) -> list[tuple[str, str]]:
    """(modality, dataset) of each column of table 1."""
    known = cells[["modality", "dataset"]].drop_duplicates()
    return list(known.itertuples(index=False, name=None))


def write_psnr_table(cells: pd.DataFrame) -> str:
    """Table 1 in Markdown: 'paper | ours', dB, with the deviation over the mapping's seeds."""
    columns = list_columns(cells)
    header = [f"{modality}, {dataset}: {who}" for modality, dataset in columns for who in SOURCES]
    rows = []
    for model in list_models(cells):
        row = [model]
        for cell in pick(cells, model):
            row += [with_deviation(cell, name, "{:.2f}") for name in ("paper_psnr", "psnr")]
        rows.append(row)
    return markdown_table(["PSNR in dB", *header], rows)


def write_measure_table(cells: pd.DataFrame, title: str, measure: str) -> str:
    """One of our shares, from 0 to 1, in the form of table 1; a dash where there is none."""
    header = [f"{modality}, {dataset}" for modality, dataset in list_columns(cells)]
    rows = []
    for model in list_models(cells):
        picked = pick(cells, model)
        rows.append([model, *(with_deviation(cell, measure, "{:.2f}") for cell in picked)])
    return markdown_table([title, *header], rows)


def pick(cells: pd.DataFrame, model: str) -> list[Any]:
    """The cells of a model, column by column."""
    rows = cells[cells["model"] == model].set_index(["modality", "dataset"])
    return [rows.loc[column] for column in list_columns(cells)]


def pick_column(cells: pd.DataFrame, modality: str, dataset: str) -> list[Any]:
    """The cells of a column, model by model."""
    rows = cells[(cells["modality"] == modality) & (cells["dataset"] == dataset)]
    by_model = rows.set_index("model", drop=False)
    return [by_model.loc[model] for model in list_models(cells)]


def with_deviation(cell: Any, measure: str, form: str) -> str:
    """A value, and ± its deviation where several seeds were run."""
    value, deviation = cell.get(measure), cell.get(f"{measure}_std")
    if value is None or pd.isna(value):
        return UNKNOWN
    known = deviation is not None and not pd.isna(deviation)
    return form.format(value) + (" ± " + form.format(deviation) if known else "")
