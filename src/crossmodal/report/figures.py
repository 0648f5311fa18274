"""Figures as PNG files, the same bytes every time."""

from pathlib import Path

from matplotlib.figure import Figure

from crossmodal.files import atomic_path


def save_figure(figure: Figure, path: Path) -> None:
    """Write a PNG without a time stamp or version in it, whole or not at all."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})
