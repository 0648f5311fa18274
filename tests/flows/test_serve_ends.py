"""Servers that die, runs that were missed, and others that hold the port."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests.flows.served import START_SECONDS, make_project, serving, start_serve, wait_for

# What a person may be kept waiting by a dead server.
END_SECONDS = 30

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "toy")


def read_errors(toy) -> list[str]:
    return (toy.root.parent / "errors").read_text().splitlines()


def all_ended(processes: list[psutil.Process]) -> bool:
    return all(map(has_ended, processes))


def has_ended(process: psutil.Process) -> bool:
    """Also where its parent, which may be the system, has not asked for it yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_missed_nights_are_made_up_for_by_one_run(project):
    with serving(project) as served, served.client() as client:
        second = start_serve(project, "--port", "0")
        assert second.wait(START_SECONDS) == 1
        line = f"serve: another serve is at work in {project.root}; wait for it to end"
        assert line in read_errors(project)
        nightly = client.read_deployment_by_name("run-graph/nightly")
        now = datetime.now(UTC)
        nights = {"start_time": str(now - timedelta(days=4)), "end_time": str(now)}
        client.request("POST", f"/deployments/{nightly.id}/schedule", json=nights)

        def read_missed():
            runs = client.read_flow_runs()
            return [run for run in runs if run.expected_start_time < now and run.auto_scheduled]

        assert len(read_missed()) >= 3
        assert wait_for(lambda: all(r.state.is_final() for r in read_missed()), 180)
        runs = read_missed()
        assert [run.state.type.value for run in runs if run.run_count] == ["COMPLETED"]
        assert {run.state.name for run in runs if not run.run_count} == {"Missed"}


def test_server_that_dies_ends_the_worker_too(project):
    with serving(project) as served:
        children = psutil.Process(served.process.pid).children(recursive=True)
        served.children()["server"].kill()
        assert served.process.wait(END_SECONDS) == 1
        line = "serve: Prefect's server was killed by signal 9; run the same command again"
        assert read_errors(project)[-1] == line
        assert all_ended(children)


def test_killed_serve_leaves_no_server_and_can_be_started_again(project):
    with serving(project) as served:
        children = served.children()
        served.process.kill()
        assert wait_for(lambda: all_ended([children["server"]]), END_SECONDS)
    with serving(project):
        assert all_ended([children["worker"]])


def test_run_whose_temporary_server_dies_ends_with_one_line(project):
    (project.root / "wait-first").touch()
    run = subprocess.Popen(
        [sys.executable, "-m", "flows.run_graph"],
        cwd=project.root,
        env={**os.environ, "PREFECT_HOME": str(project.root.parent / "prefect")},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_for((project.root / "waiting-first").exists, 180)
    started = psutil.Process(run.pid).children(recursive=True)
    [server] = [process for process in started if "flows.server" in process.cmdline()]
    assert any("work.py" in process.cmdline() for process in started)
    server.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    *_, before, last = run.communicate(timeout=END_SECONDS)[1].splitlines()
    assert time.monotonic() - killed < END_SECONDS
    assert run.returncode == 1
    assert last == "run_graph: Prefect's server was killed by signal 9; run the same command again"
    assert "Task run 'first' - > " in before
    assert all_ended(started)
