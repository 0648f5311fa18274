"""Figures as files."""

from pathlib import Path

from matplotlib.figure import Figure

from crossmodal.files import atomic_path


def save(figure: Figure, path: Path) -> None:
    """Write a PNG without a time stamp or version in it."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})
