"""Serve the page to this machine alone, and ask nothing of any other."""

import os
import signal
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossmodal.demo.scenes import SceneStudio
from crossmodal.demo.studio import Studio
from crossmodal.demo.transcriber import Transcriber
from crossmodal.errors import ParameterError, UserError
from crossmodal.inference import Recording

if TYPE_CHECKING:
    import gradio as gr

HOST = "127.0.0.1"
LARGEST = "20mb"
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    # Gradio asks its own server whether it is up; no proxy has to hear of it.
    "NO_PROXY": HOST,
    "no_proxy": HOST,
}
# A browser that keeps to this asks no other host for scripts, fonts or anything else.
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Policy:
    """Adds the policy to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with one header more."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        await self.app(scope, receive, send_with_policy)


def serve(folder: Path, port: int | None) -> None:
    """Serve the models of `folder` until interrupted, at a free port where none is given.

    Raises:
        DataError: no models are there, or damaged ones. ParameterError: the port is taken.
    """
    # The networks are small: one thread is as fast as more, and never waits for others.
    torch.set_num_threads(1)
    studio, scenes, transcriber = Studio(folder), SceneStudio(folder), Transcriber()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="crossmodal-") as uploads:
        # Read when gradio and huggingface_hub are imported.
        os.environ.update(QUIET, GRADIO_TEMP_DIR=uploads)
        page = launch(studio, scenes, transcriber, port)
        threading.Thread(target=warm_up, args=(studio, scenes, transcriber), daemon=True).start()
        print(f"{page.local_url} (for this machine only; Ctrl-C stops it)", flush=True)
        page.block_thread()


def launch(
    studio: Studio, scenes: SceneStudio, transcriber: Transcriber, port: int | None
) -> "gr.Blocks":
    """Start the server in a thread; raises ParameterError where the port is taken."""
    from crossmodal.demo.page import build_page, build_theme

    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    page = build_page(studio, scenes, transcriber)
    try:
        page.launch(
            server_name=HOST, server_port=port, share=False, ssr_mode=False, mcp_server=False,
            enable_monitoring=False, footer_links=[], quiet=True, prevent_thread_lock=True,
            max_file_size=LARGEST, app_kwargs={"middleware": [hosts, Middleware(Policy)]},
            theme=build_theme(), css_paths=Path(__file__).with_name("style.css"),
        )  # fmt: skip
    except OSError:
        taken = "ports from 7860 are" if port is None else f"port {port} is"
        raise ParameterError(f"{taken} in use; name a free one: --port 7999") from None
    return page


def warm_up(studio: Studio, scenes: SceneStudio, transcriber: Transcriber) -> None:
    """Load what the first answers need, while a person still reads."""
    transcriber.transcribe(Recording(np.zeros(16_000, np.float32), 16_000))
    for name in studio.models:
        studio.from_voice(name, " ".join(studio.combinations(name, False)[0]))
    for name in scenes.models:
        with suppress(UserError):  # what it says may be silence
            scenes.from_voice(name, "a")
