import pytest
import torch

from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.direct import DirectGenerator, load_direct
from crossmodal.models.mapping.mapping import Mapping, load_mapping
from crossmodal.models.weights import save_weights


@pytest.fixture
def mapping():
    mapping = Mapping(6, 4, 8)
    mapping.set_statistics(torch.arange(6.0), torch.tensor([1, 2, 3, 4, 5, 0.0]))
    return mapping


def test_losses_are_those_of_equation_2(mapping):
    images, sources = torch.randn(3, 6), torch.randn(3, 4)
    weights = torch.tensor([0.5, 0.3, 0.2])
    losses = mapping.losses(images, sources, weights)
    expected = [0.0, 0.0]
    for image, source, weight in zip(images, sources, weights, strict=True):
        latent_x = (image - mapping.mean) / mapping.deviation
        latent_y = mapping.encoder(source)
        expected[0] += weight * ((latent_x - latent_y) ** 2).sum()
        expected[1] += weight * ((source - mapping.decoder(latent_y)) ** 2).sum()
    torch.testing.assert_close(losses.latent_distance, expected[0])
    torch.testing.assert_close(losses.source_reconstruction, expected[1])
    assert losses.image_reconstruction < 1e-12
    total = losses.latent_distance + losses.source_reconstruction
    torch.testing.assert_close(losses.total(), total)


def test_the_image_side_is_normalisation_and_learns_nothing(mapping):
    images = torch.randn(5, 6)
    back = mapping.latent_to_image(mapping.image_to_latent(images))
    torch.testing.assert_close(back, images)
    assert {name.split(".")[0] for name, _ in mapping.named_parameters()} == {"encoder", "decoder"}
    losses = mapping.losses(images, torch.randn(5, 4), torch.full((5,), 0.2))
    assert not losses.image_reconstruction.requires_grad


def test_caption_loss_is_the_cross_entropy_of_squared_distances():
    mapping = Mapping(6, 4, 8, 5)
    latents, sources = torch.randn(7, 6), torch.randn(3, 4)
    wanted, weights = torch.tensor([0, 1, 2, 2, 1, 0, 0]), torch.rand(7)
    loss = mapping.caption_loss(latents, wanted, sources, weights)
    expected = 0.0
    for latent, row, weight in zip(latents, wanted.tolist(), weights, strict=True):
        shares = (-(mapping.captioner(latent) - sources).square().sum(1)).softmax(0)
        expected -= weight * shares[row].log()
    torch.testing.assert_close(loss, expected)
    loss.backward()
    learning = {name.split(".")[0] for name, p in mapping.named_parameters() if p.grad is not None}
    assert learning == {"captioner"}


def test_a_captioner_draws_its_first_weights_after_the_papers_networks():
    torch.manual_seed(3)
    plain = Mapping(6, 4, 8).state_dict()
    torch.manual_seed(3)
    other = Mapping(6, 4, 8, 5).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in plain.items())
    assert other["captioner.0.weight"].shape == (5, 6) and "captioner.0.weight" not in plain


def test_a_dimension_that_never_varies_is_left_alone(mapping):
    assert mapping.deviation[5] == 1
    assert torch.isfinite(mapping.image_to_latent(torch.randn(2, 6))).all()


def test_both_directions_go_through_the_latent_space(mapping):
    sources, images = torch.randn(3, 4), torch.randn(3, 6)
    expected = mapping.encoder(sources) * mapping.deviation + mapping.mean
    assert torch.equal(mapping.source_to_image(sources), expected)
    expected = mapping.decoder((images - mapping.mean) / mapping.deviation)
    assert torch.equal(mapping.image_to_source(images), expected)


def test_mapping_and_baseline_load_as_they_were_saved(mapping, tmp_path):
    save_weights(tmp_path / "mapping", mapping, {"sizes": [6, 4, 8]})
    sources = torch.randn(3, 4)
    loaded = load_mapping(tmp_path / "mapping")
    assert torch.equal(loaded.source_to_image(sources), mapping.source_to_image(sources))
    captioning, latents = Mapping(6, 4, 8, 5), torch.randn(3, 6)
    save_weights(tmp_path / "captioning", captioning, {"sizes": [6, 4, 8, 5]})
    loaded = load_mapping(tmp_path / "captioning")
    assert torch.equal(loaded.caption(latents), captioning.caption(latents))
    network = DirectGenerator(4, (3, 28, 56), 8)
    network.generate(torch.randn(9, 4))  # moves the batch statistics
    known = {"source_size": 4, "image_shape": (3, 28, 56), "channels": 8}
    save_weights(tmp_path / "direct", network, known)
    images = load_direct(tmp_path / "direct").generate(sources)
    assert images.shape == (3, 3, 28, 56)
    assert torch.equal(images, network.eval().generate(sources))


def test_classifier_reads_halves_and_the_colour_with_the_most_ink():
    classifier = DigitClassifier().eval()
    left, right = torch.rand(2, 28, 28)
    image = torch.zeros(1, 3, 28, 56)
    image[0, 2, :, :28] = left
    image[0, 0, :, 28:] = right
    digits, colors = classifier.read_pairs(image)
    assert colors.tolist() == [[2, 0]]
    expected = classifier(torch.stack([left, right]).unsqueeze(1)).argmax(1)
    assert digits[0].tolist() == expected.tolist()
    assert classifier.read_pairs(image.amax(1, keepdim=True))[1] is None
