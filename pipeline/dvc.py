"""DVC's command line: the only way in which the pipeline and the flows ask DVC anything."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from crossmodal.config.own_input import NOTHING
from crossmodal.errors import UserError
from pipeline.failures import reported
from pipeline.git import has_repository

DVC = [sys.executable, "-m", "dvc"]
# Inside a stage DVC sets these; they would bind a DVC to the outer workspace.
FOREIGN = ("DVC_ROOT", "DVC_STAGE")


class DvcError(UserError):
    """DVC refused a command."""


def run_dvc(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What a DVC command prints in `folder`; environment: other than `make_environment` makes.

    Raises:
        DvcError: with what DVC said, in one line.
    """
    done = subprocess.run(
        [*DVC, *arguments],
        cwd=folder,
        env=environment or make_environment(),
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",  # names of files are bytes
    )
    if done.returncode:
        raise DvcError(f"dvc {arguments[0]}: {explain(done.stderr)}")
    return done.stdout


def explain(errors: str) -> str:
    """DVC's own words without its marks and its offers of help."""
    lines = [line.removeprefix("ERROR: ").strip() for line in errors.splitlines()]
    said = [line for line in lines if line and "dvc.org" not in line and "troubles" not in line]
    return "; ".join(said) or "failed without a message"


def make_environment() -> dict[str, str]:
    """This process's environment, made fit for a DVC whose stages run this Python."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    folders = [str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]
    return {**kept, "PATH": os.pathsep.join(folders)}


def find_cache(folder: Path) -> Path:
    """Where the project in `folder` has its cache, whichever of DVC's configs says so."""
    said = run_dvc(folder, "cache", "dir").removesuffix("\n")
    return (folder / said).resolve()


def share_cache(project: Path, copy: Path, *settings: tuple[str, str]) -> None:
    """Give a copy of the project its cache, and the settings (name, value) beside it.

    The path is relative wherever that is possible: DVC cannot read all that it writes of an
    absolute one, such as `%(`, and the project can be moved.
    """
    cache = find_cache(project)
    known = run_dvc(copy, "config", "--local", "--list").splitlines()
    wanted = [f"{name}={value}" for name, value in settings] + [f"cache.dir={cache}"]
    if not set(wanted) <= set(known):
        for name, value in settings:
            run_dvc(copy, "config", "--local", name, value)
        relative = os.path.relpath(cache, copy.resolve())
        run_dvc(copy, "cache", "dir", "--local", relative)


def prepare_dvc(project: Path) -> None:
    """Have DVC do without Git where there is none: an unpacked archive, a container image.

    Where somebody deleted all of data/, the empty folder that is a dep comes back.

    Raises:
        DvcError: DVC cannot work in this folder.
    """
    if {"{", "}"} & set(str(project.resolve())):
        # It takes the path for the format of a progress bar.
        raise DvcError(f"DVC cannot work where a path has {{ or }}: move {project.resolve()}")
    (project / NOTHING).mkdir(parents=True, exist_ok=True)
    if has_repository(project) or run_dvc(project, "config", "core.no_scm").strip() == "true":
        return
    run_dvc(project, "config", "--local", "core.no_scm", "true")
    print("No Git repository here: DVC will do without (.dvc/config.local)", file=sys.stderr)


if __name__ == "__main__":
    with reported("dvc"):
        prepare_dvc(Path.cwd())
