"""Small untrained bundles of paper B, of every form, as `export_skipmodal` writes them."""

from pathlib import Path

import numpy as np
import torch

from crossmodal.config.skipmodal.network import PostNet, merge
from crossmodal.inference.bundle import Bundle, name_tensors
from crossmodal.inference.description import Description
from crossmodal.inference.skipmodal.model import SkipModalModel
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from crossmodal.models.skipmodal.post_net import MelToLinear
from tests.src.models.skipmodal.conftest import CBHG, TINY, TINY_SLOTS

SPECTROGRAMS = {
    "sample_rate": 8000, "window_seconds": 0.008, "hop_seconds": 0.004, "fft_size": 64, "mels": 8,
    "min_frequency": 50, "pre_emphasis": 0.97, "reference": 20, "floor": -100,
    "griffin_lim_iterations": 2, "griffin_lim_power": 1.5, "silence_threshold": 0.02,
    "max_seconds": 3,
}  # fmt: skip
RUNS = {
    "ours-0": ("ours", ("both",)),
    "paper-0": ("paper", ("both",)),
    "mended-0": ("mended", ("both",)),
    "piecewise-0": ("ours", ("image_text", "text_speech")),
}
LONGEST, SIDE, PICTURES = 59, 32, 6
MENDED = {"kind": "mended", "most_words": 12, "word_characters": 6}
SENTENCE = "a small red three left of a large blue seven"
SEEN, UNSEEN = "a red three above a blue seven", "the four is small and red"
HELD_OUT = {
    "validation": {"singles": [], "pairs": []},
    "test": {"singles": ["small red four"], "pairs": ["05"]},
    "bindings": ["green seven"],
}
MEASURES = {"wer": 0.25, "bleu1": 0.75, "bleu4": 0.5, "attributes": {"overall": 0.5}}


def make_settings(architecture: str):
    """Settings of a few units, whose texts are long enough for a sentence."""
    longer = {
        "paper": (TINY, {"text_decoder": {"max_symbols": LONGEST + 1}}),
        "mended": (TINY | MENDED, {"text_decoder": {"max_symbols": LONGEST + 1}}),
        "ours": (TINY_SLOTS, {"max_symbols": LONGEST + 1}),
    }
    return ARCHITECTURES[architecture].settings.parse(merge(*longer[architecture]), "network")


def make_networks(architecture: str, parts: tuple[str, ...]):
    """New networks that write something: the end symbol comes last in their order."""
    settings = make_settings(architecture)
    networks = {
        part: ARCHITECTURES[architecture].build(settings, seed).eval()
        for seed, part in enumerate(parts)
    }
    for network in networks.values():
        with torch.no_grad():
            network.text_decoder.dense.bias[1] -= 10
            network.image_decoder.dense.weight *= 20  # else all pictures would be one grey
    return networks


def make_pictures() -> np.ndarray:
    """Other squares of colour in each picture, uint8 [N, 3, S, S]."""
    squares = np.random.default_rng(0).integers(0, 256, (PICTURES, 3, 2, 2), np.uint8)
    return squares.repeat(SIDE // 2, 2).repeat(SIDE // 2, 3)


def make_skip_bundle(run: str, path: Path) -> Bundle:
    """An untrained run."""
    architecture, parts = RUNS[run]
    networks = make_networks(architecture, parts)
    sizes = PostNet.parse({"cbhg": CBHG, "bins": 33, "joint": False}, "post_net")
    torch.manual_seed(0)
    post_net = MelToLinear(sizes, 8)
    words = f"{SEEN} {UNSEEN} {SENTENCE} and between picture shows one two digits"
    values = {
        "name": f"skipmodal-{run}", "family": SkipModalModel.family, "variant": run.split("-")[0],
        "dataset": "digit scenes", "architecture": architecture, "parts": list(parts),
        "network": networks[parts[0]].config.model_dump(mode="json"),
        "post_net": sizes.model_dump(mode="json"), "spectrograms": SPECTROGRAMS,
        "vocabulary": sorted({*words.split()}), "longest_text": LONGEST, "image_size": SIDE,
        "gallery": [
            {"caption": SEEN, "split": "train"}, {"caption": UNSEEN, "split": "test"},
        ] * (PICTURES // 2),
        "held_out": HELD_OUT,
        "metrics": {"test": {"image_to_speech": MEASURES}},
        "data": [{"name": "MNIST", "use": "all", "licence": "none", "source": "nobody"}],
    }  # fmt: skip
    tensors = name_tensors({**networks, "post_net": post_net})
    pictures = torch.from_numpy(make_pictures())
    return Bundle(Description(path, values), {**tensors, "gallery.images": pictures})
