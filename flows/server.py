"""Prefect's API server as this project starts it: behind a secret, for its own pages only.

Whoever reaches an open server of Prefect's can start runs. So every request needs the secret, only
pages of the server's own address may send some from a browser, and a request must name that
address as its host: a page whose name is pointed at this machine later is refused.
"""

import errno
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crossmodal.errors import UserError
from flows import processes
from flows.addresses import bracket, find_local, list_hosts
from flows.proxies import reach_directly

# Its first start makes its database; a server that fails shows at once.
START_SECONDS = 300.0
STOP_SECONDS = 20.0
# Of requests that are still answered when the server is told to stop.
DRAIN_SECONDS = 5
# What the server reads from its input when its gate is to close.
CLOSE = b"."
# Prefect's own marks of a temporary server: no pages, and only the services that a run needs.
TEMPORARY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}


@dataclass(frozen=True)
class Server:
    """A server that answers; host: the address that it listens at, a name or a number."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    secret: str
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """What a browser on this machine opens."""
        return f"http://{bracket(find_local(self.host))}:{self.port}"

    @property
    def api(self) -> str:
        """What a client of Prefect's calls."""
        return f"{self.address}/api"

    def watch(self, report: Callable[[], None]) -> None:
        """Call `report` from a thread of its own as soon as the server ends unasked."""

        def wait() -> None:
            self.process.wait()
            if not self.stopping.is_set():
                report()

        threading.Thread(target=wait, daemon=True).start()

    def describe_end(self) -> str:
        """One line on a server that has ended unasked."""
        code = self.process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"Prefect's server {how}; run the same command again"

    def close_gate(self) -> None:
        """Let nobody change from now on what the worker starts."""
        assert self.process.stdin
        self.process.stdin.write(CLOSE)
        self.process.stdin.flush()

    def stop(self) -> None:
        """Stop the server."""
        self.stopping.set()
        stop(self.process)


def start_server(host: str = "127.0.0.1", port: int = 0, temporary: bool = True) -> Server:
    """Start a server and wait until it answers; port 0: any that is free.

    Raises:
        UserError: the address cannot be used, or the server does not come up.
    """
    reach_directly()
    secret = f"crossmodal:{secrets.token_urlsafe(24)}"
    with listen(host, port) as listener:
        port = listener.getsockname()[1]
        hosts = list_hosts(host)
        origins = [f"http://{bracket(name)}:{port}" for name in hosts]
        environment = {
            **os.environ,
            **(TEMPORARY if temporary else {}),
            "PREFECT_SERVER_API_AUTH_STRING": secret,
            "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(origins),
            # Pages ask where they come from, by whatever name that was called.
            "PREFECT_UI_API_URL": "/api",
            "DO_NOT_TRACK": "1",
            "PYTHONPATH": python_path(),
        }
        descriptor = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(descriptor), *map(bracket, hosts)],
            env=environment,
            pass_fds=[descriptor],
            # Closes when this process ends, however that happens: the server ends then too.
            stdin=subprocess.PIPE,
            # Out of reach of the terminal's Ctrl-C: what uses the server ends before it.
            start_new_session=True,
        )
    server = Server(process, host, port, secret)
    try:
        wait_until_healthy(server)
    except BaseException:
        server.stop()
        raise
    return server


def python_path() -> str:
    """The folders in which started processes find this project's packages."""
    project = Path(__file__).resolve().parents[1]
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(project), str(project / "src"), *([given] if given else [])])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; from then on no other process can have the port.

    Raises:
        UserError: the port is in use, or the host is no address of this machine.
    """
    listener = None
    try:
        [family, kind, protocol, _, address], *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except (OSError, OverflowError) as error:
        if listener:
            listener.close()
        used = getattr(error, "errno", None) == errno.EADDRINUSE
        reason = "the port is in use" if used else getattr(error, "strerror", None) or error
        raise UserError(
            f"cannot listen at {host}, port {port}: {reason}; choose another with --port or --host"
        ) from None
    return listener


def wait_until_healthy(server: Server) -> None:
    """Wait for the server to answer.

    Raises:
        UserError: it does not, or ends.
    """
    until = time.monotonic() + START_SECONDS
    while server.process.poll() is None:
        if time.monotonic() >= until:
            raise UserError(f"Prefect's server does not answer within {START_SECONDS:g} s")
        try:
            with urllib.request.urlopen(f"{server.api}/health", timeout=2):  # noqa: S310 - always http
                return
        except OSError:
            time.sleep(0.2)
    raise UserError(server.describe_end())


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process politely, by force if it takes too long, and all that it leaves behind."""
    children = processes.list_descendants(process.pid)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        children += processes.list_descendants(process.pid)
        process.kill()
        process.wait()
    processes.kill_all(children)


def main() -> None:
    """The server itself, on a socket that listens already: `flows.server DESCRIPTOR HOST...`."""
    # Only here: whoever starts a server does not need its code.
    import uvicorn
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from flows.gate import Gate

    descriptor, *hosts = sys.argv[1:]
    # Around the app and not in it: its automations call it within the process, by a name of theirs.
    gate = Gate(create_app(final=True))
    app = TrustedHostMiddleware(gate, allowed_hosts=hosts, www_redirect=False)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=DRAIN_SECONDS)
    )

    def obey_parent() -> None:
        while os.read(0, 1) == CLOSE:
            gate.closed = True
        # Nothing more can be read: the other end is closed.
        server.should_exit = True

    threading.Thread(target=obey_parent, daemon=True).start()
    with socket.socket(fileno=int(descriptor)) as listener:
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
