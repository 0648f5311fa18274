"""What the flow costs: many parallel trivial stages, against a serial `dvc repro`.

    python -m tests.flows.measure_overhead --stages 200

makes a graph of that many stages that need nothing of one another, runs it through the flow in one
folder and serially in another, and compares. Fails if a record is lost or differs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flows import lockfile
from tests.flows.toy import Toy, make_toy


def time_command(command: list[str], toy: Toy) -> float:
    """Seconds that a command takes in the toy's folder."""
    paths = os.pathsep.join([str(Path.cwd()), str(Path.cwd() / "src")])
    environment = {**os.environ, "PYTHONPATH": paths}
    started = time.perf_counter()
    subprocess.run(command, cwd=toy.root, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.flows.measure_overhead")
    parser.add_argument("--stages", type=int, default=200)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    count, workers = vars(parser.parse_args()).values()
    folder = Path(tempfile.mkdtemp(prefix="overhead-"))
    needs: dict[str, list[str]] = {f"s{number:03d}": [] for number in range(count)}
    flow, serial = (make_toy(folder / name, needs) for name in ("flow", "serial"))
    run_flow = [sys.executable, "-m", "flows.run_graph"]
    repro = [sys.executable, "-m", "dvc", "repro"]
    for name, command, toy in (
        ("flow", [*run_flow, "--workers", str(workers)], flow),
        ("flow, nothing to do", run_flow, flow),
        ("dvc repro", repro, serial),
        ("dvc repro, nothing to do", repro, serial),
    ):
        seconds = time_command(command, toy)
        print(f"{name}: {seconds:.1f} s, {seconds / count:.2f} s a stage", flush=True)
    recorded = lockfile.read(flow.workspace.lock_file)
    assert recorded.keys() == needs.keys(), "a record is lost"
    assert flow.lock() == serial.lock(), "another dvc.lock"
    print(f"{count} stages with {workers} workers: the same dvc.lock, in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
