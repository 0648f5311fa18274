import numpy as np
import pytest
import torch

from crossmodal.data.mapping.classes import split_classes
from crossmodal.evaluate.mapping.generation import Generated, measure, summarize
from crossmodal.evaluate.mapping.psnr import nearest_errors, psnr
from crossmodal.evaluate.mapping.retrieval import list_ways, retrieval_accuracy
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.mapping import Mapping


@pytest.mark.parametrize("channels", [1, 3])
def test_nearest_errors_equal_the_naive_search(channels):
    rng = np.random.default_rng(0)
    held_out = rng.integers(0, 256, (50, channels, 28, 56), np.uint8)
    generated = torch.rand(7, channels, 28, 56)
    generated[3] = torch.from_numpy(held_out[20]) / 255
    found = nearest_errors(generated, np.array_split(held_out, 4))
    for image, error in zip(generated.double().numpy(), found, strict=True):
        naive = min(((image - other / 255) ** 2).mean() for other in held_out)
        assert error.item() == pytest.approx(naive, rel=1e-4, abs=1e-7)


def test_psnr_known_answers():
    assert psnr(torch.tensor([1.0, 0.01])).tolist() == pytest.approx([0, 20])
    # Black against white: MSE 1. One channel of three wrong by 1: MSE 1/3, about 4.77 dB.
    white = np.full((1, 3, 28, 56), 255, np.uint8)
    image = torch.ones(1, 3, 28, 56)
    image[:, 0] = 0
    assert psnr(nearest_errors(image, [white])).item() == pytest.approx(4.7712, abs=1e-3)


def test_retrieval_finds_classes_among_all():
    mapping = Mapping(3, 3, 4, 4)
    mapping.encoder = mapping.decoder = mapping.captioner = torch.nn.Identity()
    sources = torch.eye(3)
    images = torch.tensor([[0.9, 0.1, 0], [0, 0.2, 0.8], [0, 0.6, 0.4]])
    for way in list_ways(mapping).values():
        assert retrieval_accuracy(way, mapping, images, torch.tensor([0, 2, 1]), sources) == 1
        share = retrieval_accuracy(way, mapping, images, torch.tensor([0, 2, 0]), sources)
        assert share == pytest.approx(2 / 3)


class Negation(torch.nn.Module):
    def forward(self, latents):
        return -latents


class Shift(torch.nn.Module):
    def forward(self, latents):
        return latents.roll(1, 1)


def test_the_ways_back_differ_by_the_decoder():
    mapping = Mapping(3, 3, 4)
    mapping.encoder, mapping.decoder = torch.nn.Identity(), Negation()
    images, sources, labels = torch.eye(3), torch.eye(3), torch.arange(3)

    def measure_all(labels):
        ways = list_ways(mapping).items()
        return {n: retrieval_accuracy(way, mapping, images, labels, sources) for n, way in ways}

    assert measure_all(labels) == {"retrieval": 0, "latent_retrieval": 1}
    mapping.captioner = Shift()
    scores = measure_all(labels.roll(-1))
    assert (scores["latent_retrieval"], scores["captioner_retrieval"]) == (0, 1)


def test_measures_by_model_and_modality_over_seeds():
    _, classes = split_classes("double", ("07", "42"))
    images = torch.rand(4, 1, 28, 56)
    generated = [
        Generated("direct", "text", images[:2], {}),
        Generated("conv_vae", "text", images[:2], {"retrieval": 0.5}),
        Generated("conv_vae", "text", images[2:], {"retrieval": 0.7}),
    ]
    held_out = np.random.default_rng(0).integers(0, 256, (9, 1, 28, 56), np.uint8)
    scores = measure(generated, classes, [held_out], DigitClassifier())
    decibels = [
        psnr(nearest_errors(images[part], [held_out])).mean() for part in (slice(2), slice(2, 4))
    ]
    assert scores["direct"]["text"]["psnr"] == pytest.approx(decibels[0].item(), abs=1e-3)
    ours = scores["conv_vae"]["text"]
    assert ours["psnr"] == pytest.approx(torch.stack(decibels).mean().item(), abs=1e-3)
    assert ours["psnr_std"] == pytest.approx(torch.stack(decibels).std().item(), abs=1e-3)
    assert ours["retrieval"] == 0.6 and "retrieval" not in scores["direct"]["text"]


def test_summary_has_no_deviation_of_a_single_seed():
    assert summarize([{"psnr": 15.0}]) == {"psnr": 15.0}
    assert summarize([{"psnr": 15.0}, {"psnr": 16.0}]) == {"psnr": 15.5, "psnr_std": 0.7071}
