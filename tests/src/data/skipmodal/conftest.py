"""Small pairs of both kinds, made once."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from PIL import Image

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech, whole
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal.coco import CaptionedImage, write_coco
from crossmodal.data.skipmodal.ljspeech import write_metadata
from crossmodal.data.skipmodal.sharding import shard_captions, shard_speech

PARAMS = yaml.safe_load(Path("params.yaml").read_text())
TEXTS = ("a red seven", "two digits, a blue one and a red two", "is it?", "no.", "the end (now)")


def captions_config(**changes) -> ShardCaptions:
    values = {"image_size": 16, "block_size": 3, "shard_size": 5, "max_broken": 0}
    return ShardCaptions.parse(PARAMS["shard_captions"] | values | changes, "shard_captions")


def speech_config(**changes) -> ShardSpeech:
    values = {"shard_size": 3, "max_broken": 0}
    return ShardSpeech.parse(PARAMS["shard_speech"] | values | changes, "shard_speech")


def spectrogram_config(**changes) -> Spectrograms:
    small = {"sample_rate": 8000, "fft_size": 512, "mels": 20, "griffin_lim_iterations": 5}
    return Spectrograms.parse(PARAMS["spectrograms"] | small | changes, "spectrograms")


def write_images(folder: Path, name: str, count: int, first: int = 1) -> list[CaptionedImage]:
    """`count` pictures of noise with one to three captions each, in COCO's layout."""
    (folder / name).mkdir(parents=True)
    rng = np.random.default_rng(first)
    images = []
    for number in range(first, first + count):
        path = folder / name / f"{number:012d}.png"
        Image.fromarray(rng.integers(0, 256, (20, 24, 3), np.uint8)).save(path)
        texts = tuple(f"{text} again" for text in TEXTS[: 1 + number % 3])
        images.append(CaptionedImage(number, path, texts))
    write_coco(folder, name, images, (24, 20))
    return images


def write_clips(folder: Path, count: int, rate: int = 8000, first: int = 0) -> list[str]:
    """`count` sounds of different length with a text each, in LJSpeech's layout."""
    (folder / "wavs").mkdir(parents=True)
    rng = np.random.default_rng(first)
    names = [f"clip-{number:03d}" for number in range(first, first + count)]
    for name in names:
        samples = 0.3 * rng.standard_normal(int(rng.integers(800, 3000)))
        soundfile.write(folder / "wavs" / f"{name}.wav", samples, rate, subtype="PCM_16")
    write_metadata(folder, [(name, TEXTS[i % len(TEXTS)]) for i, name in enumerate(names)])
    return names


def exhaust(steps) -> list:
    return list(steps)


@pytest.fixture(scope="session")
def held_out() -> HeldOut:
    """What params.yaml holds out."""
    return HeldOut.parse(PARAMS["held_out"], "held_out")


@pytest.fixture(scope="session")
def coco(tmp_path_factory) -> Path:
    """17 training and 4 validation images in COCO's layout."""
    folder = tmp_path_factory.mktemp("coco")
    write_images(folder, "train", 17)
    write_images(folder, "validation", 4, first=100)
    return folder


@pytest.fixture(scope="session")
def image_text(coco, tmp_path_factory) -> Path:
    """Four training shards of up to two records, one of validation."""
    folder = tmp_path_factory.mktemp("pairs") / "image-text"
    exhaust(shard_captions(folder, coco, whole(["train", "validation"]), captions_config()))
    return folder


@pytest.fixture(scope="session")
def ljspeech(tmp_path_factory) -> Path:
    """11 training and 2 validation clips in LJSpeech's layout."""
    folder = tmp_path_factory.mktemp("ljspeech")
    write_clips(folder / "train", 11)
    write_clips(folder / "validation", 2, first=50)
    return folder


@pytest.fixture(scope="session")
def text_speech(ljspeech, tmp_path_factory) -> Path:
    """Four training shards of up to three records, one of validation."""
    folder = tmp_path_factory.mktemp("pairs") / "text-speech"
    sources = whole(["train", "validation"])
    exhaust(shard_speech(folder, ljspeech, sources, speech_config(), spectrogram_config()))
    return folder
