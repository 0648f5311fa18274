"""The folder that a graph runs in: the project itself, or a copy of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import filelock

from crossmodal.errors import UserError
from flows.processes import child_environment
from pipeline.dvc import find_cache, prepare_dvc, run_dvc
from pipeline.git import has_repository, run_git
from pipeline.run_scale import SCALES, WORKSPACES, prepare_workspace

# `laptop` is params.yaml as it stands; each other one is a file in scales/.
Scale = Literal[
    "additions", "coco", "device", "laptop", "paper", "photos", "real", "skipmodal", "smoke"
]
LAPTOP = "laptop"
SCALE_NAMES = get_args(Scale)
# Where retraining has its work tree.
WORKTREE = Path(".retrain")


@dataclass(frozen=True)
class Workspace:
    """A DVC project; folder: where its dvc.yaml is."""

    folder: Path

    def dvc(self, *arguments: str) -> str:
        """What a DVC command prints here.

        Raises:
            DvcError: with what DVC said.
        """
        return run_dvc(self.folder, *arguments, environment=child_environment())

    @property
    def lock_file(self) -> Path:
        """What each stage was last made from, and what it made."""
        return self.folder / "dvc.lock"

    @property
    def dvc_files(self) -> Path:
        """Where DVC and the flows keep what only matters on this machine."""
        return self.folder / ".dvc" / "tmp"

    def find_cache(self) -> Path:
        """Where its cached objects are; asks DVC."""
        return find_cache(self.folder)

    @contextmanager
    def exclusive(self, name: str, timeout: float) -> Iterator[None]:
        """Hold its lock `name`; the system frees it when this process ends.

        Raises:
            UserError: another process holds it for more than `timeout` seconds.
        """
        path = self.dvc_files / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path, timeout=timeout)
        try:
            lock.acquire()
        except filelock.Timeout:
            said = f"another {name} is at work in {self.folder}; wait for it to end"
            raise UserError(said) from None
        try:
            yield
        finally:
            lock.release()


def find_project() -> Workspace:
    """The project: the current folder.

    Raises:
        UserError: it is no folder of a DVC project.
    """
    if not Path("dvc.yaml").is_file():
        raise UserError("dvc.yaml is missing: run from the project's folder")
    prepare_dvc(Path.cwd())
    return Workspace(Path.cwd())


def find_workspace(scale: str | None) -> Workspace:
    """A scale's workspace, brought up to date with the project.

    Raises:
        UserError: this is no folder of a DVC project, or the scale is unknown.
    """
    project = find_project()
    if scale in (None, LAPTOP):
        return project
    if not (SCALES / f"{scale}.yaml").is_file():
        raise UserError(f"{SCALES}/{scale}.yaml is missing: this project has no such scale")
    return Workspace(prepare_workspace(scale).resolve())


def find_worktree(project: Workspace) -> Workspace:
    """Where the project is, or would be, in retraining's work tree.

    Raises:
        GitError: Git does not answer.
    """
    # The project may be a part of a larger repository.
    part = run_git(project.folder, "rev-parse", "--show-prefix")
    return Workspace((project.folder / WORKTREE).resolve() / part)


def list_workspaces() -> list[Workspace]:
    """The project, and all others whose data are in its cache.

    Raises:
        UserError: this is no folder of a DVC project.
    """
    project = find_project()
    copies = sorted(path.parent.resolve() for path in WORKSPACES.glob("*/dvc.yaml"))
    if WORKTREE.is_dir() and has_repository(project.folder):
        copies.append(find_worktree(project).folder)
    return [project, *(Workspace(copy) for copy in copies if (copy / "dvc.yaml").is_file())]
