"""Write table 1 and the figures of paper A from all metrics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crossmodal.config.mapping.report import WriteReport
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.data.mapping.classes import DatasetName, all_classes
from crossmodal.files import atomic_path, read_json, write_json, write_text
from crossmodal.report.mapping.figures import caption, draw_bars, draw_curves, draw_grid
from crossmodal.report.mapping.inputs import read_accuracy
from crossmodal.report.mapping.paper import BASELINE, list_figures
from crossmodal.report.mapping.summary import summarize
from crossmodal.report.mapping.tables import (
    tabulate_measures,
    write_measure_table,
    write_psnr_table,
)
from pipeline import stage
from pipeline.mapping.paths import MAPPING_GENERATED, MAPPING_MEASURES
from pipeline.paths import MEASURES, METRICS, SUMMARIES

FIGURES = METRICS / "figures"
SHARES = {
    "read": "Classes whose digits (and colours) the classifier reads right",
    "retrieval": "Held-out images whose words are found among all classes (paper's way)",
    "latent_retrieval": "The same in the latent space (ours)",
    "captioner_retrieval": "The same by the captioner (ours)",
}


def main() -> None:
    """Table 1 as CSV and Markdown, bars, curves and image grids."""
    columns = stage.load("write_report", WriteReport).columns
    runs = stage.load("mapping", MappingRuns)
    models = (BASELINE, *runs.autoencoders)
    measures = {
        d: {m: read_json(MAPPING_MEASURES / d / f"{m}.json") for m in models} for d in runs.datasets
    }
    cells = tabulate_measures(measures)
    accuracy = read_accuracy(MEASURES / "classifier.json")
    write_json(SUMMARIES / "mapping.json", summarize(cells, accuracy))
    with atomic_path(METRICS / "table1.csv") as temporary:
        cells.to_csv(temporary, index=False)
    shares = {measure: title for measure, title in SHARES.items() if measure in cells}
    tables = [write_measure_table(cells, title, measure) for measure, title in shares.items()]
    write_text(METRICS / "table1.md", "\n\n".join([write_psnr_table(cells), *tables]) + "\n")
    draw_bars(FIGURES / "psnr.png", cells)
    curves = {
        d: {m: pd.read_csv(METRICS / "curves" / f"{d}-{m}.csv") for m in runs.autoencoders}
        for d in runs.datasets
    }
    draw_curves(FIGURES / "learning_curves.png", curves)
    for dataset in runs.datasets:
        draw_figures(dataset, runs.autoencoders, columns)


def draw_figures(dataset: DatasetName, autoencoders: Sequence[str], columns: int) -> None:
    """Figures 2 (text), 3 (all auto-encoders) and 4 (speech): held-out classes only."""
    with np.load(MAPPING_GENERATED / f"{dataset}.npz", allow_pickle=False) as arrays:
        images = dict(arrays)
    # Spread over all held-out classes, so that every colouring has its chance.
    shown = np.linspace(0, len(images["classes"]) - 1, columns).round().astype(int)
    classes = all_classes(dataset)
    heads = [caption(classes[images["classes"][row]]) for row in shown]
    for number, modality, models in list_figures(autoencoders):
        rows = [(model, images[f"{model}-{modality}"][shown]) for model in models]
        title = f"{dataset} digits from {modality}, combinations never seen in training"
        draw_grid(FIGURES / f"figure{number}_{dataset}.png", title, rows, heads)


if __name__ == "__main__":
    stage.run(main)
