"""Keep what a run at another scale measured, with times and provenance, in records/SCALE.

Wall times differ from run to run, so they are no stage's output; they are kept here.
"""

import argparse
import os
import platform
import shutil
from pathlib import Path
from string import Template
from typing import Any

import psutil
import torch

from crossmodal.errors import DataError
from crossmodal.files import atomic_path, read_json, sha256, write_json, write_text
from pipeline import stage
from pipeline.failures import reported
from pipeline.git import run_git
from pipeline.paths import MEASURES, METRICS
from pipeline.run_scale import SCALES, WORKSPACES

RECORDS = Path("records")
STATUS = ("--no-optional-locks", "status", "--porcelain", "--untracked-files=no", "--", ".")
# Of a scale at which only a part of the graph is run: its last table, and what makes it.
LAST = {
    "skipmodal": ("skipmodal/tables.md", "make skipmodal-full"),
    "additions": ("skipmodal/tables.md", "make additions"),
    "photos": ("skipmodal/tables.md", "make photos CROSSMODAL_PHOTOS=FOLDER"),
}


def main() -> None:
    """Write the record of a finished run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", help="smoke, paper, skipmodal, additions or photos")
    scale = parser.parse_args().scale
    record(WORKSPACES / scale, RECORDS / scale)
    print(f"Written: {RECORDS / scale}")


def record(workspace: Path, target: Path) -> None:
    """Copy the metrics and the parameters of `workspace` and say how they came about.

    Raises:
        DataError: the run is not complete.
        GitError: there is no commit to name.
    """
    report, command = LAST.get(workspace.name, ("table1.md", f"make {workspace.name}"))
    if not (workspace / METRICS / report).is_file():
        raise DataError(f"{workspace} has no finished run: start it with {command}")
    with atomic_path(target) as folder:
        shutil.copytree(workspace / METRICS, folder)
        shutil.copytree(workspace / MEASURES, folder / MEASURES.name)
        write_text(folder / stage.PARAMS, read_params(workspace))
        write_json(folder / "provenance.json", find_provenance(workspace, folder / stage.PARAMS))


def read_params(workspace: Path) -> str:
    """The run's parameters; what it had from the environment under its name again, ${NAME}.

    Raises:
        DataError: such a variable is not what it was in the run.
    """
    text = (workspace / stage.PARAMS).read_text(encoding="utf-8")
    scale = SCALES / f"{workspace.name}.yaml"
    template = Template(scale.read_text(encoding="utf-8") if scale.is_file() else "")
    for name in template.get_identifiers():
        value = os.environ.get(name)
        if not value or value not in text:
            raise DataError(f"set the environment variable {name} to what it was in the run")
        text = text.replace(value, f"${{{name}}}")
    return text


def find_provenance(workspace: Path, params: Path) -> dict[str, Any]:
    """Commit, hashes, machine, and seconds and peak memory of every stage that was run.

    wall_seconds: from the start of the first stage to the end of the last one.

    Raises:
        GitError: there is no commit to name.
    """
    project = Path.cwd()
    timings = sorted((workspace / stage.TIMINGS).glob("*.json"))
    stages = {path.stem: read_json(path) for path in timings}
    ends = {path.stem: path.stat().st_mtime for path in timings}
    start = min(end - stages[name]["seconds"] for name, end in ends.items())
    return {
        "commit": run_git(project, "rev-parse", "HEAD"),
        "uncommitted_changes": bool(run_git(project, *STATUS)),
        "params_sha256": sha256(params),
        "dvc_lock_sha256": sha256(workspace / "dvc.lock"),
        "machine": describe_machine(),
        "wall_seconds": round(max(ends.values()) - start, 1),
        "stage_seconds": round(sum(taken["seconds"] for taken in stages.values()), 1),
        "peak_mib": max(taken["peak_mib"] for taken in stages.values()),
        "stages": stages,
    }


def describe_machine() -> dict[str, Any]:
    """Its kind, not its name; bytes and seconds depend on its vector instructions too."""
    return {
        "processor": platform.machine(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


if __name__ == "__main__":
    with reported("record_run"):
        main()
