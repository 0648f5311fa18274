"""DVC's command line: the only way in which this package asks DVC anything."""

import subprocess
import sys
from pathlib import Path

from crossmodal.errors import UserError
from flows.processes import child_environment

DVC = [sys.executable, "-m", "dvc"]


class DvcError(UserError):
    """DVC refused a command."""


def read(root: Path, *arguments: str) -> str:
    """The output of one DVC command in `root`.

    Raises:
        DvcError: with what DVC said.
    """
    done = subprocess.run(
        [*DVC, *arguments], cwd=root, env=child_environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise DvcError(f"dvc {arguments[0]}: {explain(done.stderr)}")
    return done.stdout


def explain(errors: str) -> str:
    """DVC's own words without its marks and its offers of help."""
    lines = [line.removeprefix("ERROR: ").strip() for line in errors.splitlines()]
    said = [line for line in lines if line and "dvc.org" not in line and "troubles" not in line]
    return "; ".join(said) or "failed without a message"
