"""Kill runs at random moments, and prove that the same command then ends well by itself.

    python -m tests.flows.kill_runs --kills 30

clones the committed project into a temporary folder, makes the graph of a scale once undisturbed,
then starts it from nothing and kills the flow, a DVC or a stage at random moments, each time
followed by the same command, until that many were killed. Every run that is left alone must succeed
and leave the undisturbed run's dvc.lock, byte by byte, and no process behind.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from flows.processes import OWNER

KINDS = ("flow", "dvc", "stage")


@dataclass
class Killer:
    """Runs `command` in `folder` and kills it; `workspace` is where DVC runs."""

    command: list[str]
    folder: Path
    workspace: Path
    chance: random.Random
    longest: float = 10.0
    variables: dict[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen:
        with (self.folder.parent / "runs.log").open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.variables},
                stdout=log,
                stderr=subprocess.STDOUT,
                # Whoever starts the tests in a shell's background has it ignored, by all children.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def kill_one(self, kind: str) -> str:
        """Start the command, kill one process of that kind; says which, "" if the run ended."""
        run = self.start()
        self.wait_for("stage", run)
        time.sleep(self.chance.uniform(0, self.longest))
        victims = self.wait_for(kind, run)
        if not victims:
            run.wait()
            return ""
        victim = self.chance.choice(victims)
        said = f"{kind} {victim.pid}: {name_of(victim)}"
        try:
            victim.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            said = ""
        run.wait()
        return said

    def wait_for(self, kind: str, run: subprocess.Popen) -> list[psutil.Process]:
        """The processes of a kind as soon as there are any; none if the run ends before."""
        while run.poll() is None:
            if found := self.find(kind, run.pid):
                return found
            time.sleep(0.02)
        return []

    def find(self, kind: str, flow: int) -> list[psutil.Process]:
        """The living processes of a kind that the run has started."""
        if kind == "flow":
            return [psutil.Process(flow)] if psutil.pid_exists(flow) else []
        if kind == "stage":
            return [process for process in self.children() if "DVC_STAGE" in variables_of(process)]
        # DVC's own short-lived children look like it and do not matter to it.
        return [process for process in self.children() if parent_of(process) == flow]

    def children(self) -> list[psutil.Process]:
        """All processes that runs in the workspace have started."""
        return [
            process
            for process in psutil.process_iter()
            if OWNER in variables_of(process) and folder_of(process) == self.workspace
        ]

    def finish(self) -> bytes:
        """Run the command undisturbed; the dvc.lock that it leaves."""
        code = self.start().wait()
        assert code == 0, f"exit code {code}; see {self.folder.parent / 'runs.log'}"
        assert self.children() == [], "processes are left behind"
        return (self.workspace / "dvc.lock").read_bytes()


def variables_of(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def folder_of(process: psutil.Process) -> Path | None:
    try:
        return Path(process.cwd())
    except (psutil.Error, OSError):
        return None


def parent_of(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.Error:
        return None


def name_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[-3:])
    except psutil.Error:
        return "?"


def wipe(workspace: Path, cache: Path) -> None:
    """Forget everything that was ever made."""
    for name in ("data", "metrics", ".checkpoints", "dvc.lock"):
        path = workspace / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(cache, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.flows.kill_runs", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--scale", default="smoke")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-runs-")) / "project"
    subprocess.run(["git", "clone", "--quiet", Path.cwd(), folder], check=True)
    workspace = folder / ".scales" / options.scale
    command = [sys.executable, "-m", "flows.run_graph", "--scale", options.scale]
    variables = {"PYTHONPATH": f"{folder}{os.pathsep}{folder / 'src'}"}
    killer = Killer(command, folder, workspace, random.Random(options.seed), 12.0, variables)
    undisturbed = killer.finish()
    print(f"undisturbed run: {len(undisturbed)} bytes of dvc.lock", flush=True)
    killed = 0
    while killed < options.kills:
        wipe(workspace, folder / ".dvc" / "cache")
        while killed < options.kills:
            victim = killer.kill_one(KINDS[killed % 3])
            if not victim:
                break  # it came to its end
            killed += 1
            print(f"{killed}: killed {victim}", flush=True)
        assert killer.finish() == undisturbed, f"another dvc.lock after kill {killed}"
        print(f"after {killed} kills: the same dvc.lock", flush=True)
    shutil.rmtree(folder.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
