"""Prefect's server, one worker and the deployments of prefect.yaml, on this machine.

Stop it with Ctrl-C: the worker ends before the server, and with it what it runs.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Crashed

from crossmodal.errors import UserError

POOL = "local"
START_SECONDS = 120.0
STOP_SECONDS = 40.0
PREFECT = [sys.executable, "-m", "prefect"]


def main() -> int:
    """Start all, wait for Ctrl-C or SIGTERM, stop all."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine only")
    parser.add_argument("--port", type=int, default=4200)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{options.host}:{options.port}"
    try:
        with serve(options.host, options.port) as worker:
            print(f"Serving at {address} - stop with Ctrl-C", flush=True)
            return worker.wait()
    except KeyboardInterrupt:
        return 0
    except UserError as error:
        print(f"serve: {error}", file=sys.stderr)
        return error.exit_code


@contextmanager
def serve(host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Server and worker for as long as the context lasts; yields the worker.

    Raises:
        UserError: the server does not come up, or refuses a deployment.
    """
    api = f"http://{host}:{port}/api"
    environment = {
        **os.environ,
        "PREFECT_API_URL": api,
        # Flows are loaded by file; what they import is found from the project's folder.
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(Path.cwd() / "src")]),
        "DO_NOT_TRACK": "1",
    }
    server = start(["server", "start", "--host", host, "--port", str(port)], environment)
    with stopping(server):
        wait_until_healthy(api, server)
        with temporary_settings({PREFECT_API_URL: api}):
            mark_crashed()
        set_up(environment)
        with stopping(start(["worker", "start", "--pool", POOL], environment)) as worker:
            yield worker


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a part of Prefect, out of reach of the terminal's Ctrl-C: we stop it in order."""
    return subprocess.Popen([*PREFECT, *arguments], env=environment, start_new_session=True)


@contextmanager
def stopping(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Stop a process at the end, by force if it takes too long."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_healthy(api: str, server: subprocess.Popen[bytes]) -> None:
    """Wait for the server to answer.

    Raises:
        UserError: it does not, or ends.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):  # noqa: S310 - always http
                break
        except OSError:
            time.sleep(0.5)
    # Another server on the same port answers as well, but ours has ended then.
    if server.poll() is not None or time.monotonic() >= until:
        raise UserError(f"no server at {api}; is the port in use? choose one with --port")


def set_up(environment: dict[str, str]) -> None:
    """Make the work pool, one run at a time, and the deployments.

    Raises:
        UserError: the server refuses.
    """
    for command in (
        ["work-pool", "create", POOL, "--type", "process", "--overwrite"],
        ["work-pool", "set-concurrency-limit", POOL, "1"],
        ["--no-prompt", "deploy", "--all"],
    ):
        done = subprocess.run([*PREFECT, *command], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"prefect {' '.join(command)}: {done.stdout}{done.stderr}")


def mark_crashed() -> None:
    """Runs of a worker that was killed would stay Running for ever; no worker runs them now."""
    active = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING"]}}})
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=active):
            state: State = Crashed(message="The worker that ran this was killed.")
            client.set_flow_run_state(run.id, state, force=True)


if __name__ == "__main__":
    sys.exit(main())
