"""What stands before Gradio's routes: who may ask, and how much may be uploaded."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
MiB = 2**20
LARGEST, QUOTA = 20 * MiB, 200 * MiB  # bytes of one upload, and of all that are kept
BLOCK = 4096  # bytes that even the smallest file takes, and as much again its folder
# A browser that keeps to this asks no other host for scripts, fonts or anything else.
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Gate:
    """Answers requests for this page from this page, and bounds its uploads.

    Pages of other origins may link to it, and nothing else: a browser says whence a request comes
    in `Origin` or `Sec-Fetch-Site`. Programs on this machine may say what they like.
    """

    def __init__(self, app: ASGIApp, uploads: Path) -> None:
        """`uploads` is where Gradio keeps files."""
        self.app = app
        self.uploads = uploads
        self.arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass, with the policy in the answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_host(headers.get("host", "")):
            await refuse(400, f"allowed hosts: {', '.join(HOSTS)}", scope, receive, send)
            return
        if not is_own(headers, scope):
            await refuse(403, "only the page itself may ask this", scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        if scope["type"] == "http" and scope["method"] == "POST":
            await self.take(headers, scope, receive, send_with_policy)
        else:
            await self.app(scope, receive, send_with_policy)

    async def take(self, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request with a body of known length, where there is room for it."""
        size = headers.get("content-length", "")
        if not size.isdecimal():
            await refuse(411, "a request has to say how long it is", scope, receive, send)
            return
        arriving = int(size)
        if arriving > LARGEST + MiB:  # what stands around a file
            await refuse(413, f"allowed: up to {LARGEST // MiB} MB", scope, receive, send)
            return
        if self.arriving + arriving + measure_folder(self.uploads) > QUOTA:
            # Else whoever still sends would see a broken connection instead of the answer.
            while (await receive()).get("more_body"):
                pass
            message = "too much was uploaded; wait a quarter of an hour, or start the demo again"
            await refuse(413, message, scope, receive, send)
            return
        self.arriving += arriving
        try:
            await self.app(scope, receive, send)
        finally:
            self.arriving -= arriving


def is_host(host: str) -> bool:
    """Whether it is a name of this machine, at any port: no other name can be made to lead here."""
    try:
        return urlsplit(f"//{host}").hostname in HOSTS
    except ValueError:
        return False


def is_own(headers: Headers, scope: Scope) -> bool:
    """Whether a request was made by the page itself, by its user, or by no browser."""
    origin = headers.get("origin")
    if origin is not None:
        return origin == f"http://{headers['host']}"
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return True
    # A link to the page.
    opens = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
    return opens and headers.get("sec-fetch-mode") == "navigate"


async def refuse(status: int, message: str, scope: Scope, receive: Receive, send: Send) -> None:
    """An answer in one line; to a web socket, that it is closed."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    # The rest of a body is not waited for.
    response = PlainTextResponse(f"{message}\n", status, {"Connection": "close"})
    await response(scope, receive, send)


def measure_folder(folder: Path) -> int:
    """The bytes that the files in a folder take, and those of its folders."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # it may just have been deleted
            total += max(path.lstat().st_size, BLOCK)
    return total
