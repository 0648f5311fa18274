"""Small bundles with made-up images and sounds, whose mappings are really trained."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.mappings import TrainMapping
from crossmodal.data.mapping.classes import all_classes
from crossmodal.data.mapping.digits import CHANNELS
from crossmodal.data.mapping.words import COLOR_WORDS, VOCABULARY
from crossmodal.inference import load
from crossmodal.inference.bundle import Bundle, name_tensors, write_bundle
from crossmodal.inference.description import Description
from crossmodal.inference.mapping.speech import SpeechSettings, embed_word
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.direct import DirectGenerator
from crossmodal.train.mapping.class_means import ClassMeans
from crossmodal.train.mapping.mapping import train_mapping
from crossmodal.words import DIGIT_WORDS

HELD_OUT = ["07", "42", "91"]
SPEECH = {
    "sample_rate": 24000, "seconds": 0.5, "silence_threshold": 0.02, "coefficients": 13,
    "mels": 64, "window_length": 1024, "hop_length": 256,
}  # fmt: skip
SETTINGS = SpeechSettings(**SPEECH)
SIZE, HIDDEN = 16, 64


def make_sound(number: int, seconds: float = 0.4) -> np.ndarray:
    """A made-up word: two tones that glide their own way, loud from the first sample."""
    rng = np.random.default_rng(number)
    time = np.arange(round(seconds * 24000)) / 24000
    starts, ends = rng.uniform(300, 3500, (2, 2))
    phases = [2 * np.pi * (a * time + (b - a) * time**2) for a, b in zip(starts, ends, strict=True)]
    return (0.2 * sum(np.cos(phase) for phase in phases)).astype(np.float32)


def make_recordings() -> torch.Tensor:
    """int16 [13, 12000], each sound in the middle of silence."""
    sounds = [np.pad(make_sound(number), (1200, 1200)) for number in range(13)]
    return torch.from_numpy((np.stack(sounds) * 2**15).round().astype(np.int16))


def make_image(words: tuple[str, ...], channels: int) -> np.ndarray:
    """A fixed pattern for each digit in its half and channel: uint8 [C, 28, 56]."""
    image = np.zeros((channels, 28, 56), np.uint8)
    digits = words[::1] if channels == 1 else words[1::2]
    colors = (0, 0) if channels == 1 else [COLOR_WORDS.index(word) for word in words[::2]]
    for side, (digit, color) in enumerate(zip(digits, colors, strict=True)):
        rng = np.random.default_rng(VOCABULARY.index(digit))
        pattern = rng.integers(0, 2, (4, 4)).repeat(5, 0).repeat(5, 1) * 255
        image[color, 4:24, side * 28 + 4 : side * 28 + 24] = pattern
    return image


def make_words() -> dict[str, torch.Tensor]:
    """The tensors of words and recordings."""
    recordings = make_recordings()
    samples = recordings.numpy().astype(np.float32)[:, 1200:-1200] / 2**15
    rng = np.random.default_rng(0)
    vectors = {
        "text": rng.normal(2, 3, (13, 5)).astype(np.float32),
        "speech": np.stack([embed_word(sound, SETTINGS) for sound in samples]),
    }
    tensors = {"recordings": recordings}
    for name, values in vectors.items():
        mean, deviation = values.mean(0), values.std(0)
        tensors[f"words.{name}"] = torch.from_numpy((values - mean) / deviation)
        tensors[f"words.{name}.mean"] = torch.from_numpy(mean)
        tensors[f"words.{name}.deviation"] = torch.from_numpy(deviation)
    return tensors


def make_mapping_bundle(dataset: str, path: Path) -> Bundle:
    """An untrained auto-encoder, with mappings trained on the training classes."""
    classes = all_classes(dataset)
    channels = CHANNELS[dataset]
    torch.manual_seed(0)
    network = build_autoencoder("mlp_ae", (channels, 28, 56), SIZE).eval()
    images = torch.from_numpy(np.stack([make_image(c.words, channels) for c in classes]))
    with torch.no_grad():
        embeddings = network.encode(images)
    tensors = make_words()
    seen = [c.index for c in classes if f"{c.pair:02}" not in HELD_OUT]
    means = ClassMeans(
        torch.tensor(seen), embeddings[seen], torch.full((len(seen),), 1 / len(seen))
    )
    statistics = (embeddings[seen].mean(0).numpy(), embeddings[seen].std(0).numpy())
    values = {"seeds": [0], "hidden_size": HIDDEN, "steps": 400, "batch_size": 100}
    captioner = {"hidden_size": 0, "steps": 1, "batch_size": 1, "learning_rate": 0.01}
    values |= {"learning_rate": 0.01, "captioner": captioner}
    config = TrainMapping.parse(values, "train_mapping")
    runtime = prepare_runtime(Compute(device="cpu", precision="float32", threads=1))
    networks = {"autoencoder": network, "classifier": train_reader()}
    for name in ("text", "speech"):
        rows = [[VOCABULARY.index(word) for word in c.words] for c in classes]
        sources = tensors[f"words.{name}"][rows].flatten(1).numpy()
        mapping, _ = train_mapping(means, statistics, sources, config, 0, runtime)
        networks[f"mapping.{name}"] = mapping
    tensors |= name_tensors(networks)
    tensors["gallery.images"] = images
    tensors["gallery.embeddings"] = embeddings
    tensors["gallery.classes"] = torch.arange(len(classes), dtype=torch.int16)
    known = describe(f"{dataset}-mlp_ae", dataset, "embedding-mapping")
    known["network"] = {"autoencoder": "mlp_ae", "embedding_size": SIZE, "hidden_size": HIDDEN}
    known |= {"gallery": len(classes), "classifier": {"test_accuracy": 1.0}}
    return Bundle(Description(path, known), tensors)


@cache
def train_reader() -> DigitClassifier:
    """A classifier that reads the patterns of `make_image`."""
    torch.manual_seed(0)
    classifier = DigitClassifier()
    patterns = np.stack([make_image((word, word), 1)[0, :, :28] for word in DIGIT_WORDS])
    images = torch.from_numpy(patterns).float()[:, None] / 255
    optimizer = torch.optim.Adam(classifier.parameters(), 0.003)
    while True:
        scores = classifier(images)
        if scores.softmax(1).diagonal().min() > 0.99:
            return classifier.eval()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(scores, torch.arange(10)).backward()
        optimizer.step()


def make_direct_bundle(path: Path) -> Bundle:
    """Untrained generators."""
    sizes = {"text": 5, "speech": 13}
    networks = {f"direct.{m}": DirectGenerator(2 * s, (1, 28, 56), 4) for m, s in sizes.items()}
    known = {**describe("double-direct", "double", "direct"), "network": {"channels": 4}}
    return Bundle(Description(path, known), {**make_words(), **name_tensors(networks)})


def describe(name: str, dataset: str, family: str) -> dict:
    """What all descriptions hold."""
    measures = {"psnr": 15.5, "psnr_std": 0.1, "read": 0.5}
    return {
        "name": name, "dataset": dataset, "family": family, "vocabulary": list(VOCABULARY),
        "held_out": HELD_OUT, "word_size": 5, "speech": SPEECH,
        "metrics": {"text": measures, "speech": measures},
        "data": [{"name": "MNIST", "use": "all", "licence": "none", "source": "nobody"}],
    }  # fmt: skip


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """A bundle on disk for double, colored and direct."""
    root = tmp_path_factory.mktemp("bundles")
    bundles = {name: make_mapping_bundle(name, root) for name in ("double", "colored")}
    bundles["direct"] = make_direct_bundle(root)
    for name, bundle in bundles.items():
        write_bundle(root / name, bundle, lambda values: f"# {values['name']}\n")
    return {name: root / name for name in bundles}


@pytest.fixture(scope="session")
def models(folders):
    """The same, loaded."""
    return {name: load(folder) for name, folder in folders.items()}
