"""Handwriting as people have it is read, or refused with what is wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch

from crossmodal.config.classifier import TrainClassifier
from crossmodal.data.mnist import load_digits
from crossmodal.errors import DataError
from crossmodal.inference.mapping.segmentation import prepare_picture
from crossmodal.inference.results import SURE
from crossmodal.models.classifier import DigitClassifier
from crossmodal.train.classifier import train_classifier
from tests.src.inference.mapping.phone_pictures import KINDS, take_picture

# Of this project, or of its smallest scale, which CI runs first.
PLACES = (Path("data/raw/mnist"), Path(".scales/smoke/data/raw/mnist"))
SETTINGS = {"seed": 0, "epochs": 4, "batch_size": 64, "learning_rate": 0.001, "max_shift": 2}
COUNT = 60


def find_mnist(project):
    """MNIST where a stage has put it."""
    for place in PLACES:
        if (project / place).is_dir():
            return project / place
    pytest.skip(f"{PLACES[0]} is missing: `dvc repro fetch_mnist` fetches it")


@pytest.fixture(scope="module")
def written(project):
    """MNIST's test digits."""
    return load_digits(find_mnist(project), "test")


@pytest.fixture(scope="module")
def read(project, written, runtime):
    """Reads a prepared picture: two digits, and the confidence in the less sure one."""
    settings = TrainClassifier.parse({**SETTINGS, "train_images": 20_000}, "train_classifier")
    torch.manual_seed(0)
    classifier = DigitClassifier()
    for _ in train_classifier(
        classifier, load_digits(find_mnist(project), "train"), settings, runtime
    ):
        pass

    @torch.no_grad()
    def read(prepared):
        scores = classifier.score_pairs(torch.from_numpy(prepared)[None] / 255).softmax(2)[0]
        return scores.argmax(1).tolist(), float(scores.amax(1).min())

    return read


def share_read(written, read, draw):
    """Of pictures that `draw` makes: the share read right, and that read wrong unawares."""
    right, unaware = [], []
    for number in range(COUNT):
        rng = np.random.default_rng(number)
        rows = rng.integers(0, len(written.images), 2)
        try:
            found, confidence = read(prepare_picture(draw(written.images[rows], number, rng), 1))
        except DataError:
            found, confidence = None, 0.0
        right.append(found == written.labels[rows].tolist())
        unaware.append(confidence >= SURE and not right[-1])
    return np.mean(right), np.mean(unaware)


@pytest.mark.slow
def test_phone_pictures_are_read(written, read):
    def draw(digits, number, rng):
        return take_picture(digits, KINDS[number % len(KINDS)], rng)

    right, unaware = share_read(written, read, draw)
    assert right >= 0.9 and unaware <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 8])
@pytest.mark.parametrize("ground", [0, 255])
def test_plain_pairs_are_read_in_any_size_and_on_either_ground(written, read, times, ground):
    def draw(digits, number, rng):
        pair = np.hstack(list(digits)).repeat(times, 0).repeat(times, 1)
        return 255 - pair if ground else pair

    right, unaware = share_read(written, read, draw)
    assert right >= 0.9 and unaware <= 0.02


def ring(width=20):
    """A made-up zero."""
    down, across = np.mgrid[:28, :28] - 13.5
    distance = np.hypot(down * width / 20, across)
    return (np.clip(2 - abs(distance - width / 3), 0, 1) * 255).astype(np.uint8)


def stroke():
    """A made-up one."""
    digit = np.zeros((28, 28), np.uint8)
    digit[4:24, 12:15] = 255
    return digit


@pytest.mark.parametrize("kind", KINDS)
def test_both_digits_are_found_where_they_are(kind):
    """A one and a zero, whatever they are on: told by the middle of each, inked or not."""
    for seed in range(3):
        picture = take_picture([stroke(), ring()], kind, np.random.default_rng(seed))
        found = prepare_picture(picture, 1)[0].astype(int)
        assert found[10:18, 11:17].mean() > 60 > 20 > found[12:16, 40:44].mean()
        assert found[:, 28:].any(0).sum() > 2 * found[:, :28].any(0).sum()


@pytest.mark.parametrize(
    ("digits", "message"),
    [
        ([], "blank|no digit"),
        ([ring()], "only one digit"),
        ([stroke()], "only one digit"),
        ([stroke(), ring(), stroke()], "3 digits or other marks"),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "shadow"])
def test_any_other_number_of_digits_is_refused(digits, message, kind):
    for seed in range(3):
        picture = take_picture(digits, kind, np.random.default_rng(seed))
        with pytest.raises(DataError, match=f"({message}).*allowed: two digits"):
            prepare_picture(picture, 1)
