"""Run the graph at another scale in a workspace of its own, so that yours stays as it is.

The workspace .scales/SCALE is a copy of the project's files, as they are now, with the parameters
of scales/SCALE.yaml laid over params.yaml, or over those of the scale that it `extends`. It shares
DVC's cache with the project.

With --in-place nothing runs: the scale's parameters become those of the project itself, for a
branch on which `dvc exp run` tries things at that scale.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import yaml

from crossmodal.errors import ParameterError, UserError
from crossmodal.files import atomic_path, remove, write_text
from pipeline import stage
from pipeline.dvc import DVC, make_environment, prepare_dvc, share_cache
from pipeline.failures import reported
from pipeline.git import has_repository, run_git
from pipeline.own_data import share_own_data

SCALES = Path("scales")
WORKSPACES = Path(".scales")
# What DVC or the stages write; it stays in the workspace from run to run.
KEPT = ("dvc.lock", "metrics", "data", ".dvc", ".checkpoints", ".timings")


# Where there is no Git to ask: what tools make.
MADE = re.compile(r"\..*|__pycache__|.*\.egg-info")


class ParamsDumper(yaml.SafeDumper):
    """Quotes texts that begin with a digit: 08 is a text to PyYAML and a number to DVC."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """A text, in quotes where it could be taken for a number."""
        style = "'" if text[:1].isdigit() else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


ParamsDumper.add_representer(str, ParamsDumper.represent_text)


def main() -> int:
    """Bring the workspace up to date and run `dvc repro` in it; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", choices=list_scales())
    parser.add_argument("arguments", nargs="*", help="passed on to dvc repro, after --")
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="only write the scale's parameters to params.yaml, on a branch for experiments",
    )
    options = parser.parse_args()
    if options.in_place:
        overwrite_params(options.scale)
        return 0
    workspace = prepare_workspace(options.scale)
    command = [*DVC, "repro", *options.arguments]
    code = subprocess.run(command, cwd=workspace, env=make_environment()).returncode
    print(f"Results: {workspace / 'metrics'}")
    return code


def list_scales() -> list[str]:
    """The names of all scales that have a file."""
    return sorted(path.stem for path in SCALES.glob("*.yaml"))


def prepare_workspace(scale: str) -> Path:
    """Copy the project's files and lay the scale's parameters over them.

    Raises:
        ParameterError: the scale names a section or key that params.yaml does not have, an
            environment variable that is not set, or extends what is no other scale.
        UserError: Git or DVC refuses.
    """
    prepare_dvc(Path.cwd())
    workspace = WORKSPACES / scale
    params = load_params(scale)
    files = [path for path in list_files() if path.parts[0] not in KEPT]
    copy_files(files, workspace)
    write_params(workspace / stage.PARAMS, params)
    for name in (".dvc/config", ".dvcignore"):
        write_text(workspace / name, Path(name).read_text(encoding="utf-8"))
    # Git does not look there, and the objects are the project's.
    share_cache(Path.cwd(), workspace, ("core.no_scm", "true"))
    share_own_data(Path.cwd(), workspace)
    return workspace


def write_params(path: Path, params: dict[str, Any]) -> None:
    """Write parameters, without comments, as DVC and PyYAML read them alike."""
    write_text(path, yaml.dump(params, Dumper=ParamsDumper, sort_keys=False))


def overwrite_params(scale: str) -> None:
    """Write a scale's parameters over those of the project, which stay in Git.

    Raises:
        ParameterError: see `prepare_workspace`.
        UserError: Git does not have the parameters as they are.
    """
    params = load_params(scale)
    here = Path.cwd()
    if not has_repository(here) or run_git(here, "status", "--porcelain", "--", str(stage.PARAMS)):
        raise UserError(f"{stage.PARAMS} would be lost: commit it first")
    write_params(stage.PARAMS, params)
    print(f"{stage.PARAMS} has the scale {scale}; `git restore {stage.PARAMS}` takes it back")


def load_params(scale: str, *extending: str) -> dict[str, Any]:
    """params.yaml with a scale's values; extending: the scales that led to it.

    Raises:
        ParameterError: see `prepare_workspace`.
    """
    path = SCALES / f"{scale}.yaml"
    overlay = fill_in(yaml.safe_load(path.read_text(encoding="utf-8")), path)
    extended = overlay.pop("extends", None)
    others = [name for name in list_scales() if name not in (scale, *extending)]
    if extended not in (None, *others):
        allowed = ", ".join(others)
        raise ParameterError(f"{path}: extends: {extended} is none of {allowed}")
    base = load_params(extended, scale, *extending) if extended else stage.load_all()
    return merge(base, overlay, str(path))


def fill_in(value: Any, path: Path) -> Any:
    """A scale's values with ${NAME} in texts replaced by environment variables, at any depth."""
    if isinstance(value, dict):
        return {key: fill_in(inner, path) for key, inner in value.items()}
    try:
        return Template(value).substitute(os.environ) if isinstance(value, str) else value
    except KeyError as error:
        raise ParameterError(f"{path}: set the environment variable {error.args[0]}") from None


def merge(base: dict[str, Any], overlay: dict[str, Any], name: str) -> dict[str, Any]:
    """`base` with the values of `overlay`, mappings merged key by key."""
    merged = dict(base)
    for key, value in overlay.items():
        if key not in base:
            raise ParameterError(f"{name}: {key} is an unknown key; allowed: {', '.join(base)}")
        nested = isinstance(value, dict) and isinstance(base[key], dict)
        merged[key] = merge(base[key], value, f"{name}: {key}") if nested else value
    return merged


def list_files() -> list[Path]:
    """The files that Git tracks or would track, as they are in the work tree.

    Raises:
        GitError: there is a repository, and Git refuses to tell.
    """
    here = Path.cwd()
    ask = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = run_git(here, *ask).split("\0") if has_repository(here) else []
    if "dvc.yaml" not in names:
        # An unpacked archive, be it inside somebody's repository.
        return list(walk(here))
    return [Path(name) for name in names if name and Path(name).is_file()]


def walk(top: Path) -> Iterator[Path]:
    """The files below `top` that are neither hidden nor made by tools, relative to it."""
    for folder, folders, names in os.walk(top):
        place = Path(folder).relative_to(top)
        kept = KEPT if folder == str(top) else ()
        folders[:] = [n for n in folders if n not in kept and not MADE.fullmatch(n)]
        yield from (place / name for name in names if name[0] != ".")


def copy_files(files: list[Path], workspace: Path) -> None:
    """Copy what differs; delete what is no longer there."""
    for path in files:
        target, content = workspace / path, path.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            with atomic_path(target) as temporary:
                temporary.write_bytes(content)
    wanted = {workspace / path for path in files}
    for top in {path.parts[0] for path in files if len(path.parts) > 1}:
        for path in (workspace / top).rglob("*.py"):
            if path not in wanted:
                remove(path)


if __name__ == "__main__":
    with reported("run_scale"):
        sys.exit(main())
