"""Learning curves of paper B's runs in one figure."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crossmodal.report.figures import save_figure

PANELS = {
    "text_a": "loss: text of image",
    "text_b": "loss: text of speech",
    "mel": "loss: mel spectrogram",
    "image_to_text_wer": "validation: WER of image to text",
    "speech_to_text_wer": "validation: WER of speech to text",
    "image_to_text_right": "validation: attributes right, image to text",
}


def draw_curves(path: Path, runs: Mapping[str, Path]) -> None:
    """A panel for each measure, a line for each run that has it.

    Args:
        runs: the CSV of each run's curves.
    """
    tables = {name: pd.read_csv(file) for name, file in runs.items()}
    figure = Figure((11, 6), layout="constrained")
    panels = figure.subplots(2, 3).flat
    for axis, (column, title) in zip(panels, PANELS.items(), strict=True):
        axis.set_title(title, fontsize=8)
        axis.set_xlabel("step", fontsize=7)
        for name, table in tables.items():
            if column in table:
                draw_line(axis, name, table[["step", column]].dropna())
    figure.axes[0].legend(fontsize=6)
    save_figure(figure, path)


def draw_line(axis: Axes, name: str, points: pd.DataFrame) -> None:
    """One run's line; nothing where it measured nothing."""
    if len(points):
        axis.plot(points.iloc[:, 0], points.iloc[:, 1], label=name, marker=".", markersize=3)
