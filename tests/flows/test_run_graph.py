"""The flow on generated graphs: what runs, what it records, and how it ends."""

import threading
import time
from contextlib import suppress

import psutil
import pytest

from flows import lockfile
from flows.processes import OWNER, end_all
from flows.run_graph import run_graph
from flows.workspace import LAPTOP, SCALE_NAMES
from pipeline.run_scale import list_scales
from tests.flows.toy import make_toy

pytestmark = pytest.mark.usefixtures("prefect_server")


def run(**options):
    return run_graph(**options, return_state=True)


def test_every_scale_is_offered(project, monkeypatch):
    monkeypatch.chdir(project)
    assert list(SCALE_NAMES) == sorted([LAPTOP, *list_scales()])


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow), 4])
def test_lock_is_that_of_serial_repro_for_any_number_of_workers(toy, serial, workers):
    state = run(workers=workers)
    assert state.message == "4 stages ran, 0 were restored from the cache, 0 were up to date"
    assert toy.lock() == serial.lock()


def test_only_what_is_out_of_date_runs(finished):
    finished.set_params(left=1)
    # `left` makes the same bytes as before, so that `last` has nothing to do.
    assert run().message.startswith("1 stages ran, 0 were restored from the cache, 3")
    finished.set_params()
    assert run().message.startswith("0 stages ran, 1 were restored from the cache, 3")
    assert run().message.startswith("0 stages ran, 0 were")


def test_lock_of_a_run_killed_before_its_end_is_put_into_order(finished, serial):
    head, entries = lockfile.split(finished.lock().decode())
    (finished.root / "dvc.lock").write_text(head + "".join(reversed(entries.values())))
    assert finished.lock() != serial.lock()
    assert run().message.startswith("0 stages ran, 0 were restored from the cache, 4")
    assert finished.lock() == serial.lock()


def test_targets_run_with_what_they_need(toy):
    assert run(targets=["left"]).message.startswith("2 stages ran")
    assert not (toy.root / "right.txt").exists()
    unknown = run(targets=["lfet"])
    assert unknown.is_failed() and "lfet is no stage" in unknown.message


def test_force_runs_every_stage(finished, serial):
    assert run(force=True).message.startswith("4 stages ran")
    assert finished.lock() == serial.lock()


def test_failure_names_what_was_not_run_because_of_it(toy):
    (toy.root / "fail-left").touch()
    state = run(keep_going=True)
    assert state.is_failed()
    assert "left failed with exit code" in state.message
    assert state.message.endswith("not run because of it: last")
    assert (toy.root / "right.txt").exists()


def test_failure_stops_new_stages(tmp_path, monkeypatch):
    toy = make_toy(tmp_path / "toy", {"a": [], "b": [], "c": []})
    monkeypatch.chdir(toy.root)
    (toy.root / "fail-a").touch()
    state = run(workers=1)
    assert state.message.endswith("not run because of it: b, c")


def stage_processes(toy):
    """What runs in this workspace; others on the machine may have flows of their own."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if OWNER in process.environ() and process.cwd() == str(toy.root):
                found.append(process)
    return found


def test_timeout_ends_the_whole_process_group(toy):
    (toy.root / "wait-first").touch()
    state = run(timeout=4)
    assert state.is_failed() and "first took more than 4 s" in state.message
    assert stage_processes(toy) == []


def test_ending_the_flow_ends_the_stages(toy):
    """What cancellation and errors of the flow do: every running group ends and is reaped."""
    (toy.root / "wait-first").touch()

    def end_soon():
        while not (toy.root / "waiting-first").exists():
            time.sleep(0.1)
        end_all()

    threading.Thread(target=end_soon, daemon=True).start()
    assert run().is_failed()
    assert stage_processes(toy) == []
