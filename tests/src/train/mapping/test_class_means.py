"""Class means weighted by class size give the gradients of the images themselves."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from crossmodal.config.classifier import TrainClassifier
from crossmodal.config.mapping.mappings import TrainCaptioner, TrainDirect, TrainMapping
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.direct import DirectGenerator
from crossmodal.models.mapping.mapping import Mapping
from crossmodal.train.classifier import measure_accuracy, train_classifier
from crossmodal.train.mapping.class_means import average_by_class, draw_batches, fit
from crossmodal.train.mapping.direct import train_direct
from crossmodal.train.mapping.mapping import train_captioner, train_mapping

RNG = np.random.default_rng(0)
CLASSES = np.repeat([0, 2, 3], [5, 1, 14])
RNG.shuffle(CLASSES)
IMAGES = RNG.random((20, 1, 28, 56)).astype(np.float32)
VECTORS = RNG.normal(size=(20, 6)).astype(np.float32)
SOURCES = RNG.normal(size=(4, 3)).astype(np.float32)


def gradients(network, loss):
    loss.backward()
    return [p.grad.clone() for p in network.parameters() if p.grad is not None]


def assert_all_close(first, second):
    assert len(first) == len(second) > 0
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_means_weights_and_missing_classes():
    halves = [(CLASSES[:7], VECTORS[:7]), (CLASSES[7:], VECTORS[7:])]
    means = average_by_class(halves, 4)
    assert means.classes.tolist() == [0, 2, 3]
    assert means.weights.tolist() == pytest.approx([5 / 20, 1 / 20, 14 / 20])
    for row, index in enumerate((0, 2, 3)):
        expected = VECTORS[index == CLASSES].mean(0)
        assert np.allclose(means.means[row], expected, atol=1e-6)


def test_mapping_gradients_equal_those_of_single_images():
    means = average_by_class([(CLASSES, VECTORS)], 4)
    results = []
    for images, classes, weights in (
        (torch.from_numpy(VECTORS), torch.from_numpy(CLASSES), torch.full((20,), 1 / 20)),
        (means.means, means.classes, means.weights),
    ):
        torch.manual_seed(0)
        mapping = Mapping(6, 3, 8)
        sources = torch.from_numpy(SOURCES)[classes]
        results.append(gradients(mapping, mapping.losses(images, sources, weights).total()))
    assert_all_close(*results)


def test_baseline_gradients_equal_those_of_single_images():
    means = average_by_class([(CLASSES, IMAGES)], 4)
    results = []
    for images, classes, weights in (
        (torch.from_numpy(IMAGES), torch.from_numpy(CLASSES), torch.full((20,), 1 / 20)),
        (means.means.unflatten(1, (1, 28, 56)), means.classes, means.weights),
    ):
        torch.manual_seed(0)
        # Batch statistics depend on how often a row stands in the batch: fixed for this.
        network = DirectGenerator(3, (1, 28, 56), 8).eval()
        logits = network(torch.from_numpy(SOURCES)[classes])
        loss = F.binary_cross_entropy_with_logits(logits, images, reduction="none")
        results.append(gradients(network, loss.mean((1, 2, 3)) @ weights))
    assert_all_close(*results)


def test_batches_show_every_row_once_before_any_again():
    batches = draw_batches(10, 5, torch.Generator().manual_seed(0))
    rows = [next(batches) for _ in range(4)]
    assert sorted(torch.cat(rows[:2]).tolist()) == list(range(10))
    assert sorted(torch.cat(rows[2:]).tolist()) == list(range(10))
    assert next(iter(draw_batches(3, 5, torch.Generator()))).tolist() == [0, 1, 2]


def make_config(captioner_size):
    captioner = TrainCaptioner(
        hidden_size=captioner_size, steps=400, batch_size=5, learning_rate=0.03
    )
    known = {"hidden_size": 8, "steps": 50, "batch_size": 2, "learning_rate": 0.01}
    return TrainMapping(seeds=(0,), captioner=captioner, **known)


def test_mapping_training_is_repeatable_and_never_reads_other_classes(runtime):
    config = make_config(0)
    means = average_by_class([(CLASSES, VECTORS)], 4)
    statistics = (VECTORS.mean(0), VECTORS.std(0))
    spoilt = SOURCES.copy()
    spoilt[1] = np.nan  # class 1 has no images: held out
    first, loss = train_mapping(means, statistics, SOURCES, config, 0, runtime)
    second, again = train_mapping(means, statistics, spoilt, config, 0, runtime)
    assert loss == again
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    _, other = train_mapping(means, statistics, SOURCES, config, 1, runtime)
    assert other != loss


def test_a_captioner_changes_nothing_of_the_papers_form(runtime):
    means = average_by_class([(CLASSES, VECTORS)], 4)
    statistics = (VECTORS.mean(0), VECTORS.std(0))
    plain, loss = train_mapping(means, statistics, SOURCES, make_config(0), 0, runtime)
    config = make_config(16)
    other, again = train_mapping(means, statistics, SOURCES, config, 0, runtime)
    train_captioner(other, (CLASSES, VECTORS), SOURCES, config.captioner, 0, runtime)
    assert loss == again
    after = other.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in plain.state_dict().items())
    extra = after.keys() - plain.state_dict().keys()
    assert {name.split(".")[0] for name in extra} == {"captioner"} and plain.captioner is None


def test_captioner_finds_the_classes_of_images_and_never_reads_other_classes(runtime):
    means = average_by_class([(CLASSES, VECTORS)], 4)
    statistics = (VECTORS.mean(0), VECTORS.std(0))
    spoilt = SOURCES.copy()
    spoilt[1] = np.nan  # class 1 has no images: held out
    config, captions = make_config(16), []
    for sources in (SOURCES, spoilt):
        mapping, _ = train_mapping(means, statistics, sources, config, 0, runtime)
        train_captioner(mapping, (CLASSES, VECTORS), sources, config.captioner, 0, runtime)
        with torch.no_grad():
            latents = mapping.image_to_latent(torch.from_numpy(VECTORS))
            captions.append(mapping.caption(latents))
    assert torch.equal(*captions)
    trained = np.unique(CLASSES)
    found = torch.cdist(captions[0], torch.from_numpy(SOURCES[trained])).argmin(1)
    assert np.array_equal(trained[found], CLASSES)


def test_decay_takes_the_rate_to_zero_along_a_line(runtime):
    """Where the gradient stays the same, every step of Adam is as long as its rate."""

    def move(decay):
        network = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.zeros_(network.weight)
        schedule = make_config(0).captioner.model_copy(update={"steps": 9, "learning_rate": 0.1})

        def loss(rows, share):
            return -network.weight.sum()

        fit(network, loss, torch.ones(3), schedule, 0, runtime, decay=decay)
        return network.weight.item()

    assert move(False) == pytest.approx(0.9, rel=1e-3)
    assert move(True) == pytest.approx(0.5, rel=1e-3)


def test_baseline_learns_the_class_means(runtime):
    config = TrainDirect(seeds=(0,), channels=8, steps=150, batch_size=3, learning_rate=0.01)
    blocks = np.zeros((20, 1, 28, 56), np.float32)
    blocks[CLASSES == 0, :, :14] = 1
    blocks[CLASSES == 3, :, :, 28:] = 1
    means = average_by_class([(CLASSES, blocks)], 4)
    network, _ = train_direct(means, (1, 28, 56), SOURCES, config, 0, runtime)
    with torch.no_grad():
        made = network.generate(torch.from_numpy(SOURCES[[0, 2, 3]]))
    assert (made - means.means.unflatten(1, (1, 28, 56))).abs().mean() < 0.05


def test_classifier_learns_and_repeats(runtime):
    from crossmodal.data.mnist import Digits

    images = np.zeros((400, 28, 28), np.uint8)
    labels = (np.arange(400) % 10).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[5 + label : 8 + label, 5:20] = 255
    digits = Digits(images, labels)
    values = {"seed": 0, "epochs": 4, "batch_size": 20, "learning_rate": 0.003, "max_shift": 0}
    config = TrainClassifier(**values, train_images=400)

    def train_new():
        torch.manual_seed(0)
        classifier = DigitClassifier()
        *_, curve = train_classifier(classifier, digits, config, runtime)
        return classifier, curve.rows

    (first, rows), (second, _) = train_new(), train_new()
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]
    assert measure_accuracy(first, digits, runtime) > 0.95
    for ours, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(ours, theirs)
