"""The data path against one PNG an image, and equation 3 against a loop."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.timing import measure_in_turn, rate
from crossmodal.config.mapping.images import ImageCounts, SynthesizeImages
from crossmodal.data.mapping.classes import DatasetName
from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.mnist import Digits
from crossmodal.data.shards import ShardReader
from crossmodal.evaluate.mapping.psnr import nearest_errors
from pipeline import stage

PNG_COUNT = 2000
Pair = tuple[str, str, dict[str, float]]


def make_images(
    folder: Path, dataset: DatasetName, digits: tuple[Digits, Digits], per_pair: int
) -> int:
    """84 * `per_pair` training images and 16 * 100 held-out ones; returns how many."""
    config = stage.load("synthesize_images", SynthesizeImages)
    counts = ImageCounts(train_per_pair=per_pair, held_out_per_pair=100)
    config = config.model_copy(update={"counts": {dataset: counts}})
    for _ in synthesize(folder, dataset, *digits, config):
        pass
    return 84 * per_pair + 1600


def compare_synthesis(folder: Path, digits: tuple[Digits, Digits]) -> Iterator[Pair]:
    """Shards of blocks against one PNG an image, written and read: (name, unit, figures)."""
    blocks = [block.images for block in ShardReader(folder / "colored", "train").read_all()]
    images = np.concatenate(blocks)[:PNG_COUNT].transpose(0, 2, 3, 1)
    pngs = folder / "png"
    pngs.mkdir()

    def write_pngs() -> int:
        for number, image in enumerate(images):
            Image.fromarray(image).save(pngs / f"{number}.png")
        return PNG_COUNT

    def write_shards() -> int:
        with tempfile.TemporaryDirectory() as other:
            return make_images(Path(other) / "colored", "colored", digits, 100)

    def read_pngs() -> int:
        for number in range(PNG_COUNT):
            np.asarray(Image.open(io.BytesIO((pngs / f"{number}.png").read_bytes())))
        return PNG_COUNT

    def read_shards() -> int:
        reader = ShardReader(folder / "colored", "train")
        return sum(len(block.images) for block in reader.read_all())

    forms = {"obvious": lambda: rate(write_pngs), "ours": lambda: rate(write_shards)}
    yield "writing coloured images (PNG files or shards)", "images/s", measure_in_turn(forms)
    forms = {"obvious": lambda: rate(read_pngs), "ours": lambda: rate(read_shards)}
    yield "reading coloured images (PNG files or shards)", "images/s", measure_in_turn(forms)


def compare_psnr() -> Iterator[Pair]:
    """The closest of 16,000 held-out images by matrix products against a loop."""
    held_out = np.random.default_rng(0).integers(0, 256, (16_000, 1, 28, 56), np.uint8)
    generated = torch.rand(16, 1, 28, 56)

    def loop() -> int:
        for image in generated[:2].numpy():
            min(float(((image - other / 255) ** 2).mean()) for other in held_out)
        return 2

    def product() -> int:
        nearest_errors(generated, np.array_split(held_out, 16))
        return len(generated)

    forms = {"obvious": lambda: rate(loop), "ours": lambda: rate(product)}
    yield "closest held-out image (equation 3)", "images/s", measure_in_turn(forms)
