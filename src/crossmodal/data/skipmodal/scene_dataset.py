"""Digit scenes in COCO's layout: data set A of the embedded default.

No digit of MNIST is drawn in two of training, validation and evaluation: training draws from the
first 50,000 training images, validation from the others, test and binding from the test images.
Beside the captions lies what each image shows, `annotations/scenes_SPLIT.json`, and in `reader`
the classifier that reads digits in pictures which networks draw.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.synthesis import SynthesizeScenes
from crossmodal.data.mnist import Digits
from crossmodal.data.skipmodal.captions import captions
from crossmodal.data.skipmodal.coco import CaptionedImage, write_coco
from crossmodal.data.skipmodal.scene_drawing import draw_scenes, render
from crossmodal.data.skipmodal.scene_json import READER, scenes_path, write_scenes
from crossmodal.data.skipmodal.scenes import SPLITS, Scene, Split, Splitter
from crossmodal.files import atomic_path
from crossmodal.words import DIGIT_WORDS

TRAINING_SHARE = 5 / 6  # of MNIST's training images: 50,000
IDS = 1_000_001  # ids of a split, so that no two images have the same
DigitImages = dict[str, NDArray[np.uint8]]


def synthesize_scenes(
    folder: Path,
    train: Digits,
    test: Digits,
    config: SynthesizeScenes,
    held_out: HeldOut,
    reader: Path,
) -> Iterator[Split]:
    """Draw all splits into a new folder, and copy `reader` there; yields the split of each image.

    Raises:
        ParameterError: what is held out leaves no scene for a split.
    """
    sources = digit_sources(train, test)
    splitter = Splitter(held_out)
    with atomic_path(folder) as temporary:
        for split in SPLITS:
            count = getattr(config.counts, split)
            scenes = draw_scenes("seen", split, count, splitter, config.seed)
            yield from write_split(temporary, split, scenes, sources[split], config)
        shutil.copytree(reader, temporary / READER)


def digit_sources(train: Digits, test: Digits) -> dict[Split, DigitImages]:
    """For each split the images [N, 28, 28] of each digit's word."""
    border = round(len(train.labels) * TRAINING_SHARE)
    first = Digits(train.images[:border], train.labels[:border])
    last = Digits(train.images[border:], train.labels[border:])
    evaluation = by_word(test)
    return {
        "train": by_word(first),
        "validation": by_word(last),
        "test": evaluation,
        "binding": evaluation,
    }


def by_word(digits: Digits) -> DigitImages:
    """The images of each digit."""
    return {word: digits.images[digits.of(digit)] for digit, word in enumerate(DIGIT_WORDS)}


def write_split(
    folder: Path,
    split: Split,
    scenes: Iterator[Scene],
    digits: DigitImages,
    config: SynthesizeScenes,
) -> Iterator[Split]:
    """Draw one split's pictures, then write its annotations; yields after each picture."""
    (folder / split).mkdir(parents=True)
    rng = np.random.default_rng([config.seed, SPLITS.index(split)])
    images, shown = [], {}
    for number, scene in enumerate(scenes, start=SPLITS.index(split) * IDS + 1):
        path = folder / split / f"{number:012d}.png"
        picture = Image.fromarray(render(scene, config.canvas, digits, rng))
        picture.save(path, compress_level=1)
        images.append(CaptionedImage(number, path, tuple(captions(scene))))
        shown[str(number)] = scene
        yield split
    write_coco(folder, split, images, (config.canvas, config.canvas))
    write_scenes(scenes_path(folder, split), shown)
