"""Write table 1 and the figures of paper A from all metrics."""

import numpy as np
import pandas as pd

from crossmodal.config.mapping.report import WriteReport
from crossmodal.data.mapping.classes import DATASETS, DatasetName, all_classes
from crossmodal.files import atomic_path, read_json, write_json, write_text
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.report.mapping.figures import caption, draw_bars, draw_curves, draw_grid
from crossmodal.report.mapping.inputs import read_accuracy
from crossmodal.report.mapping.paper import MODELS
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
}


def main() -> None:
    """Table 1 as CSV and Markdown, bars, curves and image grids."""
    columns = stage.load("write_report", WriteReport).columns
    measures = {
        dataset: {
            model: read_json(MAPPING_MEASURES / dataset / f"{model}.json") for model in MODELS
        }
        for dataset in DATASETS
    }
    cells = tabulate_measures(measures)
    accuracy = read_accuracy(MEASURES / "classifier.json")
    write_json(SUMMARIES / "mapping.json", summarize(cells, accuracy))
    with atomic_path(METRICS / "table1.csv") as temporary:
        cells.to_csv(temporary, index=False)
    tables = [write_measure_table(cells, title, measure) for measure, title in SHARES.items()]
    write_text(METRICS / "table1.md", "\n\n".join([write_psnr_table(cells), *tables]) + "\n")
    draw_bars(FIGURES / "psnr.png", cells)
    names = [f"{dataset}-{model}" for dataset in DATASETS for model in AUTOENCODERS]
    curves = {name: pd.read_csv(METRICS / "curves" / f"{name}.csv") for name in names}
    draw_curves(FIGURES / "learning_curves.png", curves)
    for dataset in DATASETS:
        draw_figures(dataset, columns)


def draw_figures(dataset: DatasetName, columns: int) -> None:
    """Figures 2 (text), 3 (all auto-encoders) and 4 (speech): held-out classes only."""
    with np.load(MAPPING_GENERATED / f"{dataset}.npz", allow_pickle=False) as arrays:
        images = dict(arrays)
    # Spread over all held-out classes, so that every colouring has its chance.
    shown = np.linspace(0, len(images["classes"]) - 1, columns).round().astype(int)
    classes = all_classes(dataset)
    heads = [caption(classes[images["classes"][row]]) for row in shown]
    pictures = [
        ("figure2", "text", ("conv_vae", "direct")),
        ("figure3", "text", (*AUTOENCODERS, "direct")),
        ("figure4", "speech", ("conv_vae", "direct")),
    ]
    for figure, modality, models in pictures:
        rows = [(model, images[f"{model}-{modality}"][shown]) for model in models]
        title = f"{dataset} digits from {modality}, combinations never seen in training"
        draw_grid(FIGURES / f"{figure}_{dataset}.png", title, rows, heads)


if __name__ == "__main__":
    stage.run(main)
