"""Bundles of the right form with small untrained networks, and inputs for them."""

from pathlib import Path

import numpy as np
import soundfile
import torch
from PIL import Image

from crossmodal.data.classes import VOCABULARY, all_classes
from crossmodal.data.digits import CHANNELS, HEIGHT, WIDTH
from crossmodal.inference.bundle import Bundle, write_bundle
from crossmodal.inference.description import DESCRIPTION, Description
from crossmodal.models.autoencoder import build_autoencoder
from crossmodal.models.direct import DirectGenerator
from crossmodal.models.mapping import Mapping

RATE, SIZE, HIDDEN, GALLERY = 24_000, 4, 8, 20
WORDS = {"double": 2, "colored": 4}
MFCC = {"coefficients": 13, "mels": 64, "window_length": 1024, "hop_length": 256}
SPEECH = {"sample_rate": RATE, "seconds": 0.5, "silence_threshold": 0.02, **MFCC}


def make_bundle(models: Path, dataset: str, model: str, **changes) -> Path:
    """Write one bundle; `changes` replaces values of its description."""
    torch.manual_seed(0)
    shape = (CHANNELS[dataset], HEIGHT, WIDTH)
    known, networks, tensors = {}, {}, {}
    if model == "direct":
        known = {"family": "direct", "network": {"channels": 4}}
        for name in ("text", "speech"):
            networks[f"direct.{name}"] = DirectGenerator(WORDS[dataset] * 13, shape, 4)
    else:
        sizes = {"embedding_size": SIZE, "hidden_size": HIDDEN}
        known = {"family": "embedding-mapping", "network": {"autoencoder": model, **sizes}}
        known["gallery"] = GALLERY
        networks["autoencoder"] = build_autoencoder(model, shape, SIZE)
        for name in ("text", "speech"):
            networks[f"mapping.{name}"] = Mapping(SIZE, WORDS[dataset] * 13, HIDDEN)
        classes = torch.arange(GALLERY) * (len(all_classes(dataset)) // GALLERY)
        tensors["gallery.classes"] = classes.to(torch.int16)
        tensors["gallery.images"] = torch.randint(256, (GALLERY, *shape)).to(torch.uint8)
        tensors["gallery.embeddings"] = torch.randn(GALLERY, SIZE)
    for prefix, network in networks.items():
        tensors |= {f"{prefix}.{name}": value for name, value in network.state_dict().items()}
    metrics = {name: {"psnr": 12.345, "read": 0.5} for name in ("text", "speech")}
    values = {"name": f"{dataset}-{model}", "dataset": dataset, "held_out": ["07", "42"]}
    values |= {"vocabulary": list(VOCABULARY), "word_size": 13, "speech": SPEECH}
    values |= {"metrics": metrics, "data": [{"name": "made-up digits"}], **known, **changes}
    folder = models / f"{dataset}-{model}"
    bundle = Bundle(Description(folder / DESCRIPTION, values), {**tensors, **make_words()})
    write_bundle(folder, bundle, lambda v: f"# {v['name']}\n\nmade up\n")
    return folder


def make_words() -> dict[str, torch.Tensor]:
    """Vectors of all words, and a tone of its own for each recording."""
    words = {f"words.{name}": torch.randn(len(VOCABULARY), 13) for name in ("text", "speech")}
    words |= {f"words.{name}.mean": torch.zeros(13) for name in ("text", "speech")}
    words |= {f"words.{name}.deviation": torch.ones(13) for name in ("text", "speech")}
    tones = np.stack([make_tone(200 * 1.25**row) for row in range(len(VOCABULARY))])
    return {**words, "recordings": torch.from_numpy((tones * 2**14).astype(np.int16))}


def make_tone(frequency: float, rate: int = RATE) -> np.ndarray:
    """Half a second with 0.3 s of sound in the middle, float32."""
    times = np.arange(rate // 2) / rate
    sound = np.sin(2 * np.pi * frequency * times) * ((times > 0.1) & (times < 0.4))
    return sound.astype(np.float32)


def write_tones(path: Path, count: int, rate: int = RATE) -> Path:
    """A recording of so many sounds with pauses between them."""
    soundfile.write(
        path, np.concatenate([make_tone(300.0 + 90 * n, rate) for n in range(count)]), rate
    )
    return path


def write_strokes(path: Path, colors=("white", "white"), mode: str = "RGB") -> Path:
    """A picture of two strokes on black."""
    image = Image.new("RGB", (120, 60))
    for side, color in enumerate(colors):
        image.paste(color, (20 + 60 * side, 10, 34 + 60 * side, 50))
    image.convert(mode).save(path)
    return path
