"""A small web server on this machine that answers well or badly."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Web:
    """What is served: path -> content, and the paths that were asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve_web(tls: ssl.SSLContext | None = None, elsewhere: str = "") -> Iterator[Web]:
    """Serve until the end. /moved/X leads to /X, /cut/X ends early, /endless never.

    Args:
        tls: for https. elsewhere: the address of a server that has what is moved.
    """
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            _, kind, *_ = self.path.split("/")
            name = self.path.rpartition("/")[2]
            if kind == "moved":
                self.send_response(302)
                self.send_header("Location", f"{elsewhere}/{name}")
                self.end_headers()
            elif kind == "endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(bytes(2**16))
            elif name in web.files:
                content = web.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if kind == "cut" else content)
            else:
                self.send_error(404)

        def log_message(self, *arguments: object) -> None:
            """Tests print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: object) -> None:
            """Clients that go away are meant."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        web.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
