"""`python -m flows.serve` on a generated graph, started as a person does."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from flows.serve import SECRET
from tests.flows.toy import DIAMOND, Toy, make_toy

PROJECT = Path(__file__).resolve().parents[2]
# A busy machine starts Prefect's programs slowly.
START_SECONDS = 400
RUN_SECONDS = 180


@dataclass(frozen=True)
class Served:
    """A running `make serve`: its process, its folder, and what opens it."""

    process: subprocess.Popen
    toy: Toy
    address: str
    secret: str

    def client(self) -> SyncPrefectClient:
        return SyncPrefectClient(f"{self.address}/api", auth_string=self.secret)

    def children(self) -> dict[str, psutil.Process]:
        """The server and the worker."""
        found = psutil.Process(self.process.pid).children()
        return {"server" if "flows.server" in p.cmdline() else "worker": p for p in found}


def make_project(folder: Path) -> Toy:
    """A generated graph beside this project's flows."""
    toy = make_toy(folder, DIAMOND)
    for name in ("flows", "pipeline", "src", "prefect.yaml", "prefect.toml"):
        (toy.root / name).symlink_to(PROJECT / name)
    return toy


def start_serve(toy: Toy, *options: str, **variables: str) -> subprocess.Popen:
    """Start it with a database beside the graph's folder."""
    home = {"PREFECT_HOME": str(toy.root.parent / "prefect"), "PYTHONPATH": f"{PROJECT}"}
    home["PYTHONPATH"] += f"{os.pathsep}{PROJECT / 'src'}"
    return subprocess.Popen(
        [sys.executable, "-m", "flows.serve", *options],
        cwd=toy.root,
        env={**os.environ, **home, **variables},
        stdout=subprocess.PIPE,
        stderr=(toy.root.parent / "errors").open("a"),
        text=True,
        # Whoever starts the tests in a shell's background has it ignored, by all children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@contextmanager
def serving(toy: Toy, *options: str, **variables: str) -> Iterator[Served]:
    """A started server with its worker, at any free port; stopped at the end."""
    process = start_serve(toy, "--port", "0", *options, **variables)
    try:
        line = process.stdout.readline()
        found = re.match(r"Serving at (\S+)", line)
        assert found, (line, (toy.root.parent / "errors").read_text())
        yield Served(process, toy, found[1], (toy.root / SECRET).read_text().strip())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=START_SECONDS)


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    """Whether a condition comes to hold in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.5)
    return False


def wait_for_end(client: SyncPrefectClient, run: FlowRun) -> FlowRun:
    """A run as it is when it has ended."""
    assert wait_for(lambda: client.read_flow_run(run.id).state.is_final(), RUN_SECONDS)
    return client.read_flow_run(run.id)
