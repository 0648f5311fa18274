"""Child processes that never outlive the run: each leads a group, reaped whole."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from flows import proxies
from pipeline.dvc import make_environment

# Tells a later run which run started a process; see `flows.heal`.
OWNER = "CROSSMODAL_OWNER"
GRACE_SECONDS = 5.0
KILL_CODE = -signal.SIGKILL

_running: set["ProcessGroup"] = set()
_running_lock = threading.Lock()


class ProcessGroup:
    """One command in a session of its own."""

    def __init__(self, command: list[str], folder: Path, variables: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**child_environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.late = False
        self._lock, self._reaped = threading.Lock(), False

    def signal(self, number: int) -> None:
        """Send a signal to every process of the group, while its id is certainly ours."""
        with self._lock:
            if not self._reaped:
                send_signal(self.process.pid, number)

    def end(self, late: bool = False) -> None:
        """End the group: politely, so that DVC releases its locks, then by force.

        late: because its time is over.
        """
        self.late = late
        self.signal(signal.SIGINT)
        force = threading.Timer(GRACE_SECONDS, self.signal, (signal.SIGKILL,))
        force.daemon = True
        force.start()

    def reap(self) -> int:
        """Wait for the leader, end what it left behind; returns the leader's exit code."""
        if hasattr(os, "waitid"):
            # The leader stays a zombie: meanwhile nobody else can be given its group's id.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self.process.wait()
        with self._lock:
            send_signal(self.process.pid, signal.SIGKILL)
            self._reaped = True
        return self.process.wait()


def send_signal(group: int, number: int) -> None:
    """Signal a process group; nothing happens where there is none."""
    # macOS says "not permitted" of a group of which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def run(
    command: list[str],
    folder: Path,
    report: Callable[[str], None],
    timeout: float | None = None,
    variables: dict[str, str] | None = None,
) -> int:
    """Run `command` in `folder` and report its output line by line; returns its exit code.

    However this function is left, the command's whole process group has ended.

    Raises:
        TimeoutError: the command took more than `timeout` seconds.
    """
    with registered(ProcessGroup(command, folder, variables or {})) as group:
        reaper = threading.Thread(target=group.reap, daemon=True)
        reaper.start()
        timer = threading.Timer(timeout or threading.TIMEOUT_MAX, group.end, (True,))
        timer.daemon = True
        timer.start()
        output = group.process.stdout
        assert output
        try:
            # Universal newlines: each state of a progress bar is a line too.
            for line in output:
                report(line.rstrip())
        except BaseException:
            group.end()
            raise
        finally:
            reaper.join()
            timer.cancel()
            output.close()
    if group.late:
        raise TimeoutError(f"took more than {timeout:g} s")
    return group.process.wait()


@contextmanager
def registered(group: ProcessGroup) -> Iterator[ProcessGroup]:
    """Make a group known to `end_all` for as long as it runs."""
    with _running_lock:
        _running.add(group)
    try:
        yield group
    finally:
        with _running_lock:
            _running.discard(group)


def end_all() -> None:
    """End every command that runs; the threads that wait for them reap them."""
    with _running_lock:
        groups = list(_running)
    for group in groups:
        group.end()


def end_descendants() -> None:
    """End every process that this one has started, and all that they have."""
    started = list_descendants(os.getpid())
    end_all()
    psutil.wait_procs(started, timeout=GRACE_SECONDS + 1)
    kill_all([*started, *list_descendants(os.getpid())])


def list_descendants(number: int) -> list[psutil.Process]:
    """The processes that the process of this number has started, and all that they have."""
    try:
        found: list[psutil.Process] = psutil.Process(number).children(recursive=True)
        return found
    except psutil.NoSuchProcess:
        return []


def kill_all(found: list[psutil.Process]) -> None:
    """Kill those of the processes that still run, with all that they have started meanwhile."""
    victims = set(found)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            victims.update(process.children(recursive=True))
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def child_environment() -> dict[str, str]:
    """An environment for DVC that names this process as its owner."""
    environment = {**make_environment(), "PYTHONUNBUFFERED": "1", OWNER: owner_mark()}
    proxies.restore(environment)
    return environment


def owner_mark() -> str:
    """This process's number and start, which together name it for good."""
    process = psutil.Process()
    return f"{process.pid}:{process.create_time():.0f}"


def owner_lives(mark: str) -> bool:
    """Whether the process that an owner's mark names still runs."""
    try:
        number, started = mark.split(":")
        process = psutil.Process(int(number))
        # The clock may have been set meanwhile, hence the margin.
        recent = bool(abs(process.create_time() - float(started)) < 3)
        return recent and process.status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.Error):
        return False
