"""Prefect's server, one worker and the deployments of prefect.yaml, on this machine.

Stop it with Ctrl-C: the worker ends before the server, and with it what it runs.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)
from prefect.states import Cancelled, Crashed

from crossmodal.errors import UserError
from flows import processes
from flows.addresses import is_loopback
from flows.heal import end_orphans
from flows.notices import set_up_notices
from flows.output import open_streams, say
from flows.server import Server, python_path, start_server, stop
from flows.workspace import find_project

POOL = "local"
PREFECT = [sys.executable, "-m", "prefect"]
SECRET = Path(".dvc/tmp/serve-secret")
LOCK_TIMEOUT = 1.0
# Shorter than the worker's own pause between two looks at what is due.
PAUSE_SECONDS = 5.0
# The worker starts every run in the same way. There is nothing that a run or a deployment could
# set: the server refuses job variables, and the template has no place for their values.
JOB_TEMPLATE = {
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}


def main() -> int:
    """Start all, wait for Ctrl-C or SIGTERM, stop all."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine only")
    parser.add_argument("--port", type=int, default=4200, help="default: 4200; 0: any free one")
    options = parser.parse_args()
    open_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with serve(options.host, options.port) as service:
            announce(service.server)
            service.watch()
    except KeyboardInterrupt:
        pass
    except UserError as error:
        print(f"serve: {error}", file=sys.stderr)
        return error.exit_code
    return 0


@dataclass(frozen=True)
class Service:
    """A server and the worker that runs what it has."""

    server: Server
    worker: subprocess.Popen[bytes]

    def watch(self) -> None:
        """Keep the schedules in order until one of the two ends.

        Raises:
            UserError: one of the two has ended.
        """
        # A server that is gone must show at once.
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}), connect(self.server) as client:
            while self.server.process.poll() is None:
                if self.worker.poll() is not None:
                    code = self.worker.returncode
                    raise UserError(f"the worker ended with exit code {code}; start again")
                # A server that is busy is asked again after the pause.
                with suppress(httpx.HTTPError):
                    drop_missed(client)
                time.sleep(PAUSE_SECONDS)
        raise UserError(self.server.describe_end())


@contextmanager
def serve(host: str, port: int) -> Iterator[Service]:
    """Server and worker for as long as the context lasts.

    Raises:
        UserError: the server does not come up, or refuses a deployment.
    """
    project = find_project()
    with ExitStack() as stack:
        stack.enter_context(project.exclusive("serve", LOCK_TIMEOUT))
        # By this a later start knows what belongs to this one, should it be killed.
        os.environ[processes.OWNER] = processes.owner_mark()
        for line in end_orphans(project.folder):
            print(line, file=sys.stderr)
        server = start_server(host, port, temporary=False)
        stack.callback(server.stop)
        stack.enter_context(keep_secret(server.secret))
        # Flows are loaded by file; what they import is found from the project's folder.
        environment = {
            **os.environ,
            # Not on a command line, which other users may read.
            "PREFECT_API_URL": server.api,
            "PREFECT_API_AUTH_STRING": server.secret,
            "PYTHONPATH": python_path(),
        }
        with connect(server) as client:
            make_pool(client)
            mark_crashed(client)
            deploy(environment)
            set_up_notices(client)
            drop_missed(client)
        server.close_gate()
        worker = start(["worker", "start", "--pool", POOL], environment)
        stack.callback(stop, worker)
        yield Service(server, worker)


@contextmanager
def keep_secret(secret: str) -> Iterator[None]:
    """Keep the secret in a file that only its owner reads, for as long as it opens anything."""
    SECRET.unlink(missing_ok=True)
    SECRET.touch(mode=0o600, exist_ok=False)
    SECRET.write_text(f"{secret}\n", encoding="utf-8")
    try:
        yield
    finally:
        SECRET.unlink(missing_ok=True)


def announce(server: Server) -> None:
    """Say where the pages are and what opens them."""
    # What is no terminal is a file, which others may read.
    secret = server.secret if sys.stdout and sys.stdout.isatty() else f"the line in {SECRET}"
    say(f"Serving at {server.address} - stop with Ctrl-C")
    say(f"The page asks once for a password: {secret}")
    if not is_loopback(server.host):
        print(
            f"serve: warning: other machines reach port {server.port} too; the password keeps them"
            " out, but it crosses the network unencrypted",
            file=sys.stderr,
        )


@contextmanager
def connect(server: Server) -> Iterator[SyncPrefectClient]:
    """A client of the server."""
    with (
        temporary_settings({PREFECT_API_URL: server.api, PREFECT_API_AUTH_STRING: server.secret}),
        get_client(sync_client=True) as client,
    ):
        yield client


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a part of Prefect, out of reach of the terminal's Ctrl-C: we stop it in order."""
    return subprocess.Popen([*PREFECT, *arguments], env=environment, start_new_session=True)


def make_pool(client: SyncPrefectClient) -> None:
    """Make the work pool, or bring it back to what it must be: one run at a time, all alike."""
    pool = WorkPoolCreate(
        name=POOL, type="process", base_job_template=JOB_TEMPLATE, concurrency_limit=1
    )
    client.create_work_pool(pool, overwrite=True)


def deploy(environment: dict[str, str]) -> None:
    """Make the deployments.

    Raises:
        UserError: the server refuses.
    """
    command = [*PREFECT, "--no-prompt", "deploy", "--all"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"prefect deploy: {done.stdout}{done.stderr}")


def mark_crashed(client: SyncPrefectClient) -> None:
    """Runs of a worker that was killed would stay Running for ever; no worker runs them now."""
    active = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING", "PENDING"]}}})
    for run in client.read_flow_runs(flow_run_filter=active):
        state: State = Crashed(message="The worker that ran this was killed.")
        client.set_flow_run_state(run.id, state, force=True)


def drop_missed(client: SyncPrefectClient) -> None:
    """Leave of each schedule's runs that are due only the last, and none while one is running.

    The others were missed while nothing was served, the machine slept, or a long run was at work.
    """
    due = FlowRunFilter.model_validate(
        {
            "state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}},
            "expected_start_time": {"before_": datetime.now(UTC)},
        }
    )
    schedules: dict[UUID | None, list[FlowRun]] = defaultdict(list)
    for run in client.read_flow_runs(
        flow_run_filter=due, sort=FlowRunSort.EXPECTED_START_TIME_DESC
    ):
        if run.auto_scheduled:
            schedules[run.deployment_id].append(run)
    for runs in schedules.values():
        waiting = [run for run in runs if run.state and run.state.is_scheduled()]
        for run in waiting if len(waiting) < len(runs) else waiting[1:]:
            state: State = Cancelled(name="Missed", message="Another run makes up for this one.")
            client.set_flow_run_state(run.id, state, force=True)


if __name__ == "__main__":
    sys.exit(main())
