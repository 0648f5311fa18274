"""Serve the page to this machine alone, and ask nothing of any other."""

import errno
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import torch
from starlette.middleware import Middleware

from crossmodal.demo.gate import HOSTS, LARGEST, Gate
from crossmodal.demo.own_folder import make_own_folder
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.studio import Studio
from crossmodal.demo.transcriber import Transcriber
from crossmodal.errors import ParameterError, UserError
from crossmodal.inference import Recording
from crossmodal.inference.bundles import read_models

if TYPE_CHECKING:
    import gradio as gr

HOST = HOSTS[0]
SESSIONS = 32  # pages whose answers are kept; the one that was used longest ago goes first
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    # Gradio asks its own server whether it is up; no proxy has to hear of it.
    "NO_PROXY": HOST,
    "no_proxy": HOST,
}


def serve(folder: Path, port: int | None) -> None:
    """Serve the models of `folder` until interrupted, at a free port where none is given.

    Raises:
        DataError: no models are there, or damaged ones. ParameterError: the port is taken.
    """
    # The networks are small: one thread is as fast as more, and never waits for others.
    torch.set_num_threads(1)
    models = read_models(folder)
    for error in models.damaged.values():
        if not models.known:
            raise error
        print(f"not offered: {error}", file=sys.stderr)
    studio, scenes, transcriber = Studio(folder), SceneStudio(folder), Transcriber()
    with make_own_folder() as own:
        signal.signal(signal.SIGTERM, lambda *_: end(own))
        uploads = own / "uploads"
        uploads.mkdir()
        # Read when gradio and huggingface_hub are imported.
        os.environ.update(QUIET, GRADIO_TEMP_DIR=str(uploads))
        page = launch(studio, scenes, transcriber, port, uploads)
        threading.Thread(target=warm_up, args=(studio, scenes, transcriber), daemon=True).start()
        print(f"{page.local_url} (for this machine only; Ctrl-C stops it)", flush=True)
        page.block_thread()


def end(own: Path) -> NoReturn:
    """End at once, wherever the main thread is; only the temporary folder has to be put away.

    An interrupt would come in the middle of whatever runs, and some of it answers with an error.
    """
    shutil.rmtree(own, ignore_errors=True)
    os._exit(0)


def launch(
    studio: Studio,
    scenes: SceneStudio,
    transcriber: Transcriber,
    port: int | None,
    uploads: Path,
) -> "gr.Blocks":
    """Start the server in a thread; `uploads` is where Gradio keeps files.

    Raises:
        ParameterError: the port is taken.
    """
    from crossmodal.demo.page import build_page, build_theme

    gate = Middleware(Gate, uploads=uploads)
    page = build_page(studio, scenes, transcriber)
    try:
        page.launch(
            server_name=HOST, server_port=port, share=False, ssr_mode=False, mcp_server=False,
            enable_monitoring=False, footer_links=[], quiet=True, prevent_thread_lock=True,
            max_file_size=LARGEST, app_kwargs={"middleware": [gate]},
            state_session_capacity=SESSIONS,
            theme=build_theme(), css_paths=Path(__file__).with_name("style.css"),
        )  # fmt: skip
    except OSError as error:
        if error.errno not in (None, errno.EADDRINUSE):
            raise
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
