"""Small models whose recordings are a real voice, so that a recogniser can hear them."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.data.audio import read_audio
from crossmodal.data.mapping.speech import record_words
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.studio import Studio
from crossmodal.inference.bundle import write_bundle
from tests.src.inference.conftest import make_direct_bundle, make_mapping_bundle
from tests.src.inference.skipmodal.small_bundles import make_skip_bundle

VOICE = {
    "voice": "hibari", "seed": 0, "sample_rate": 24000, "seconds": 0.5, "silence_threshold": 0.02,
    "fsdd_folder": "data/own/none", "fsdd_speaker": "jackson", "fsdd_index": 0,
}  # fmt: skip
# Ends the server as soon as it would speak to any host but its own.
GUARD = """
import os, runpy, sys
LOCAL = {None, "", "localhost", "127.0.0.1", "::1"}
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if (host.decode() if isinstance(host, bytes) else host) not in LOCAL:
        print("OUTSIDE", event, host, flush=True)
        os._exit(3)
sys.addaudithook(watch)
runpy.run_module("crossmodal.demo", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """A folder with a model of each data set, a baseline, and two models of paper B."""
    folder = tmp_path_factory.mktemp("bundles")
    spoken = tmp_path_factory.mktemp("spoken")
    record_words(spoken, SpeakWords.parse(VOICE, "speak_words"))
    samples = np.stack([read_audio(spoken / f"{word}.wav")[0] for word in VOCABULARY])
    recordings = torch.from_numpy((samples * 2**15).round().astype(np.int16))
    made = {
        "double-mlp_ae": make_mapping_bundle("double", folder),
        "colored-mlp_ae": make_mapping_bundle("colored", folder),
        "double-direct": make_direct_bundle(folder),
    }
    for name, bundle in made.items():
        voiced = replace(bundle, tensors={**bundle.tensors, "recordings": recordings})
        write_bundle(folder / name, voiced, lambda values: f"# {values['name']}\n")
    for run in ("piecewise-0", "ours-0"):
        write_bundle(
            folder / f"skipmodal-{run}",
            make_skip_bundle(run, folder),
            lambda values: values["name"],
        )
    return folder


@pytest.fixture(scope="session")
def studio(bundles):
    """The same, as the page has them."""
    return Studio(bundles)


@pytest.fixture(scope="session")
def scenes(bundles):
    """The models of paper B among them."""
    return SceneStudio(bundles)


@pytest.fixture(scope="session")
def address(bundles, tmp_path_factory):
    """Where the page is served, at a free port; stopped as `make` stops it."""
    folder = tmp_path_factory.mktemp("temporary")
    server = subprocess.Popen(
        [sys.executable, "-c", GUARD, "--models", str(bundles)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    first = server.stdout.readline()
    assert first.startswith("http://127.0.0.1:"), first
    yield first.split()[0]
    server.send_signal(signal.SIGTERM)
    rest = server.stdout.read()
    assert server.wait(120) == 0 and "OUTSIDE" not in rest
    assert list(folder.iterdir()) == [], "uploads are forgotten"
