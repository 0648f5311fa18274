"""Small models whose recordings are a real voice, so that a recogniser can hear them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from crossmodal.config.inputs import SpeakWords
from crossmodal.data.audio import read_audio
from crossmodal.data.classes import VOCABULARY
from crossmodal.data.speech import record_words
from crossmodal.demo.studio import Studio
from crossmodal.inference.bundle import write_bundle
from tests.src.inference.conftest import make_direct_bundle, make_mapping_bundle

VOICE = {
    "voice": "hibari", "seed": 0, "sample_rate": 24000, "seconds": 0.5, "silence_threshold": 0.02,
    "fsdd_folder": None, "fsdd_speaker": "jackson", "fsdd_index": 0,
}  # fmt: skip


@pytest.fixture(scope="session")
def bundles(tmp_path_factory):
    """A folder with a model of each data set, and a baseline."""
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
    return folder


@pytest.fixture(scope="session")
def studio(bundles):
    """The same, as the page has them."""
    return Studio(bundles)
