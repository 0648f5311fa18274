"""The short form of kill_runs: one kill of each kind, on a generated graph."""

import random
import signal
import sys
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL

from tests.flows.kill_runs import KINDS, Killer
from tests.flows.toy import make_toy

# Two chains: there is always something left to kill.
STAGES = {f"s{n}": [f"s{n - 2}"] if n > 1 else [] for n in range(8)}
PROJECT = Path(__file__).resolve().parents[2]


def make_killer(folder: Path) -> Killer:
    toy = make_toy(folder, STAGES)
    script = toy.root / "work.py"
    script.write_text("import time; time.sleep(1)\n" + script.read_text())
    variables = {
        "PYTHONPATH": f"{PROJECT}:{PROJECT / 'src'}",
        "PREFECT_API_URL": PREFECT_API_URL.value(),
    }
    command = [sys.executable, "-m", "flows.run_graph"]
    return Killer(command, toy.root, toy.root, random.Random(0), 1.0, variables)


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_run_after_any_kill_ends_like_an_undisturbed_one(tmp_path):
    undisturbed = make_killer(tmp_path / "undisturbed").finish()
    killer = make_killer(tmp_path / "killed")
    for kind in KINDS:
        assert killer.kill_one(kind).startswith(kind)
    assert killer.finish() == undisturbed


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cancelled_run_leaves_no_process(tmp_path, number):
    """How Prefect cancels a run, and Ctrl-C."""
    killer = make_killer(tmp_path / "toy")
    (killer.folder / "wait-s0").touch()
    run = killer.start()
    assert killer.wait_for("stage", run)
    run.send_signal(number)
    assert run.wait(30) != 0
    assert killer.children() == []
