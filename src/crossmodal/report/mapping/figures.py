"""Figures 2, 3 and 4 of paper A as image grids, and PSNR bars."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from numpy.typing import NDArray

from crossmodal.data.mapping.classes import ImageClass
from crossmodal.report.figures import save_figure
from crossmodal.report.mapping.tables import list_columns, list_models, pick_column

Images = NDArray[np.uint8]
PAPER_COLOR, OUR_COLOR = "#b8bec8", "#2f6fb0"


def draw_grid(path: Path, title: str, rows: Sequence[tuple[str, Images]], heads: list[str]) -> None:
    """Pictures in rows with a name each, words above the columns.

    Args:
        rows: (name, uint8 [N, C, 28, 56]), N pictures a row.
        heads: N captions.
    """
    size = (1.2 + 1.3 * len(heads), 0.75 + 0.72 * len(rows))
    figure = Figure(size, layout="constrained")
    axes = figure.subplots(len(rows), len(heads), squeeze=False)
    figure.suptitle(title, fontsize=9)
    for line, (name, images) in zip(axes, rows, strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(to_rgb(image))
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    for axis, words in zip(axes[0], heads, strict=True):
        axis.set_title(words, fontsize=7)
    save_figure(figure, path)


def to_rgb(image: Images) -> Images:
    """uint8 [C, H, W] -> [H, W, 3]."""
    return np.moveaxis(np.broadcast_to(image, (3, *image.shape[1:])), 0, -1)


def draw_bars(path: Path, cells: pd.DataFrame) -> None:
    """PSNR of every cell of table 1, the paper's, where it has one, beside ours."""
    columns, models = list_columns(cells), list_models(cells)
    figure = Figure((2.75 * len(columns), 0.7 + 0.5 * len(models)), layout="constrained")
    axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    positions = np.arange(len(models))
    for axis, (modality, dataset) in zip(axes, columns, strict=True):
        picked = pd.DataFrame(pick_column(cells, modality, dataset))
        series = [("paper", "paper_psnr", -0.2, PAPER_COLOR), ("ours", "psnr", 0.2, OUR_COLOR)]
        for label, column, offset, color in series:
            bars = axis.barh(positions + offset, picked[column], 0.38, color=color, label=label)
            axis.bar_label(bars, fmt="%.2f", fontsize=7, padding=2)
        axis.set(title=f"{modality}, {dataset}", xlabel="PSNR (dB)", xlim=(0, 25))
        axis.set_yticks(positions, models)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, ncols=2, loc="outside upper right", frameon=False)
    save_figure(figure, path)


def draw_curves(path: Path, curves: Mapping[str, Mapping[str, pd.DataFrame]]) -> None:
    """Reconstruction losses of all auto-encoders over the images they have seen.

    Args:
        curves: dataset -> model -> columns images and reconstruction (nats an image).
    """
    figure = Figure((4.5 * len(curves), 3), layout="constrained")
    axes = figure.subplots(1, len(curves), squeeze=False)[0]
    for axis, (dataset, models) in zip(axes, curves.items(), strict=True):
        for model, curve in models.items():
            axis.plot(curve["images"], curve["reconstruction"], label=model)
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.set(title=dataset, xlabel="images seen", ylabel="cross-entropy (nats an image)")
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=8)
    save_figure(figure, path)


def caption(shown: ImageClass) -> str:
    """The words of a class on one or two lines."""
    words = shown.words
    return " ".join(words) if len(words) == 2 else f"{words[0]} {words[1]}\n{words[2]} {words[3]}"
