"""The folder that a graph runs in: the project itself, or a scale's copy of it."""

from pathlib import Path
from typing import Literal, get_args

from crossmodal.errors import UserError
from pipeline.run_scale import SCALES, WORKSPACES, prepare_workspace

# `laptop` is params.yaml as it stands; each other one is a file in scales/.
Scale = Literal["additions", "laptop", "paper", "skipmodal", "smoke"]
LAPTOP = "laptop"
SCALE_NAMES = get_args(Scale)


def find_workspace(scale: str | None) -> Path:
    """The folder of a scale's workspace, brought up to date with the project.

    Raises:
        UserError: this is no folder of a DVC project, or the scale is unknown.
    """
    if not Path("dvc.yaml").is_file():
        raise UserError("dvc.yaml is missing: run from the project's folder")
    if scale in (None, LAPTOP):
        return Path.cwd()
    if not (SCALES / f"{scale}.yaml").is_file():
        raise UserError(f"{SCALES}/{scale}.yaml is missing: this project has no such scale")
    return prepare_workspace(scale).resolve()


def list_workspaces() -> list[Path]:
    """All folders whose data are in this project's cache."""
    return [Path.cwd(), *sorted(path.parent.resolve() for path in WORKSPACES.glob("*/dvc.yaml"))]
