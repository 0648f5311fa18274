"""Paper A's table 1 with our figures beside the paper's, as CSV and Markdown."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crossmodal.data.mapping.classes import DatasetName
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from crossmodal.report.tables import markdown_table

# dataset -> model -> modality -> measure -> value, as `evaluate.mapping.generation` gives it.
Measures = Mapping[DatasetName, Mapping[str, Mapping[str, Mapping[str, float]]]]


def tabulate_measures(measures: Measures) -> pd.DataFrame:
    """One row a cell of table 1: its name and parts, the paper's PSNR, all of our measures."""
    rows: list[dict[str, Any]] = []
    for model in MODELS:
        for modality, dataset in COLUMNS:
            cell = {"cell": f"{modality} {dataset} {model}"}
            cell |= {"model": model, "modality": modality, "dataset": dataset}
            paper = {"paper_psnr": TABLE_1[model, modality, dataset]}
            rows.append({**cell, **paper, **measures[dataset][model][modality]})
    return pd.DataFrame(rows)


def write_psnr_table(cells: pd.DataFrame) -> str:
    """Table 1 in Markdown: 'paper | ours', dB, with the deviation over the mapping's seeds."""
    header = [f"{modality}, {dataset}: {who}" for modality, dataset in COLUMNS for who in SOURCES]
    rows = []
    for model in MODELS:
        row = [model]
        for cell in pick(cells, model):
            row += [f"{cell['paper_psnr']:.2f}", with_deviation(cell, "psnr", "{:.2f}")]
        rows.append(row)
    return markdown_table(["PSNR in dB", *header], rows)


SOURCES = ("paper", "ours")


def write_measure_table(cells: pd.DataFrame, title: str, measure: str) -> str:
    """One of our shares, from 0 to 1, in the form of table 1; a dash where there is none."""
    header = [f"{modality}, {dataset}" for modality, dataset in COLUMNS]
    rows = []
    for model in MODELS:
        picked = pick(cells, model)
        rows.append([model, *(with_deviation(cell, measure, "{:.2f}") for cell in picked)])
    return markdown_table([title, *header], rows)


def pick(cells: pd.DataFrame, model: str) -> list[Any]:
    """The cells of a model in the order of COLUMNS."""
    rows = cells[cells["model"] == model].set_index(["modality", "dataset"])
    return [rows.loc[column] for column in COLUMNS]


def pick_column(cells: pd.DataFrame, modality: str, dataset: str) -> list[Any]:
    """The cells of a column in the order of MODELS."""
    rows = cells[(cells["modality"] == modality) & (cells["dataset"] == dataset)]
    by_model = rows.set_index("model", drop=False)
    return [by_model.loc[model] for model in MODELS]


def with_deviation(cell: Any, measure: str, form: str) -> str:
    """A value, and ± its deviation where several seeds were run."""
    value, deviation = cell.get(measure), cell.get(f"{measure}_std")
    if value is None or pd.isna(value):
        return "–"
    known = deviation is not None and not pd.isna(deviation)
    return form.format(value) + (" ± " + form.format(deviation) if known else "")
