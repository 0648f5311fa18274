"""The folder that a graph runs in: the project itself, or a scale's copy of it."""

from pathlib import Path

from crossmodal.errors import UserError
from pipeline.run_scale import SCALES, WORKSPACES, prepare_workspace

# params.yaml as it stands; every other scale lays its file over that.
LAPTOP = "laptop"


def list_scales() -> list[str]:
    """The names that a scale may have."""
    return [LAPTOP, *sorted(path.stem for path in SCALES.glob("*.yaml"))]


def find_workspace(scale: str | None) -> Path:
    """The folder of a scale's workspace, brought up to date with the project.

    Raises:
        UserError: this is no folder of a DVC project, or the scale is unknown.
    """
    if not Path("dvc.yaml").is_file():
        raise UserError("dvc.yaml is missing: run from the project's folder")
    if scale in (None, LAPTOP):
        return Path.cwd()
    if scale not in list_scales():
        raise UserError(f"{scale} is no scale; there are: {', '.join(list_scales())}")
    return prepare_workspace(scale).resolve()


def list_workspaces() -> list[Path]:
    """All folders whose data are in this project's cache."""
    return [Path.cwd(), *sorted(path.parent.resolve() for path in WORKSPACES.glob("*/dvc.yaml"))]
