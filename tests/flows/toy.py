"""A generated DVC project whose stages take no time."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from flows.workspace import Workspace

# Copies its inputs' text behind a line of its own; a stage is told by name to fail or to wait.
WORK = """
import pathlib, sys, time
out, *deps = map(pathlib.Path, sys.argv[1:])
if pathlib.Path(f"fail-{out.stem}").exists():
    sys.exit("told to fail")
if pathlib.Path(f"wait-{out.stem}").exists():
    pathlib.Path(f"waiting-{out.stem}").touch()
    time.sleep(60)
text = out.stem + "\\n" + "".join(dep.read_text() for dep in deps)
if out.suffix == ".dir":
    out.mkdir()
    for name in ("a", "b"):
        (out / name).write_text(text + name)
else:
    out.write_text(text)
"""


@dataclass(frozen=True)
class Toy:
    """A workspace of trivial stages."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def dvc(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "dvc", *arguments]
        return subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, check=True
        ).stdout

    def lock(self) -> bytes:
        return (self.root / "dvc.lock").read_bytes()

    def write_stages(self, needs: dict[str, list[str]]) -> None:
        """dvc.yaml with one stage for each key, which reads the outs of those in its value."""
        stages = {stage: self.describe(stage, needs[stage]) for stage in needs}
        text = yaml.safe_dump({"stages": stages}, sort_keys=False)
        (self.root / "dvc.yaml").write_text(text)

    def describe(self, stage: str, needs: list[str]) -> dict:
        out, deps = f"{stage}.txt", [f"{need}.txt" for need in needs]
        return {
            "cmd": " ".join([sys.executable, "work.py", out, *deps]),
            "deps": ["work.py", *deps],
            "params": [f"{stage}.value"],
            "outs": [out],
        }

    def stages(self) -> list[str]:
        """The stages as dvc.yaml lists them."""
        return list(yaml.safe_load((self.root / "dvc.yaml").read_text())["stages"])

    def set_params(self, **values: int) -> None:
        content = {name: {"value": values.get(name, 0)} for name in self.stages()}
        (self.root / "params.yaml").write_text(yaml.safe_dump(content))


CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"

# Listed against the direction of the arrows, so that dvc.yaml's order is not the order of work.
DIAMOND = {"last": ["left", "right"], "right": ["first"], "left": ["first"], "first": []}


def make_toy(root: Path, needs: dict[str, list[str]]) -> Toy:
    toy = Toy(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "work.py").write_text(WORK)
    toy.write_stages(needs)
    toy.set_params()
    # What `dvc init --no-scm` writes, without its second.
    (root / ".dvc" / "tmp").mkdir(parents=True)
    (root / ".dvc" / "config").write_text(CONFIG)
    return toy
