import pytest
import torch

from benchmarks.plain_layers import PLAIN, plain_loss
from crossmodal.errors import DataError
from crossmodal.models.mapping.autoencoder import (
    BUILDERS,
    build_autoencoder,
    gaussian_divergence,
    load_autoencoder,
)
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.models.weights import save_weights

# Weights and biases counted by hand from supplement A.1, for 1 and 3 channels.
PARAMETERS = {
    "conv_vae": {1: 208 + 1608 + 200_960 + 2 * 25_700 + 316_736 + 1608 + 201},
    "mlp_vae": {1: 401_664 + 2 * 25_700 + 25_856 + 402_976},
    "conv_ae": {1: 160 + 1160 + 78_500 + 79_184 + 584 + 1168 + 401},
    "mlp_ae": {1: 401_664 + 25_700 + 25_856 + 402_976},
}
PARAMETERS["conv_vae"][3] = PARAMETERS["conv_vae"][1] + 2 * 200 + 2 * 201
PARAMETERS["conv_ae"][3] = PARAMETERS["conv_ae"][1] + 2 * 144 + 2 * 401
for mlp in ("mlp_vae", "mlp_ae"):
    PARAMETERS[mlp][3] = PARAMETERS[mlp][1] + 2 * 1568 * 256 + 2 * 1568 * 257


def pictures(channels):
    """Bright boxes on black, where max-pooling meets many ties."""
    images = torch.zeros(16, channels, 28, 56, dtype=torch.uint8)
    for n, image in enumerate(images):
        image[n % channels, n : n + 9, 2 * n : 2 * n + 13] = 255 - 8 * n
    return images


def test_each_name_has_a_builder():
    assert tuple(BUILDERS) == AUTOENCODERS


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", AUTOENCODERS)
def test_sizes_are_the_papers(name, channels):
    network = build_autoencoder(name, (channels, 28, 56), 100)
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name][channels]
    embeddings = network.encode(pictures(channels))
    assert embeddings.shape == (16, 100)
    decoded = network.decode(embeddings)
    assert decoded.shape == (16, channels, 28, 56)
    assert decoded.min() >= 0 and decoded.max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["conv_vae", "conv_ae"])
def test_fast_network_equals_the_plain_one(name, channels):
    shape = (channels, 28, 56)
    plain = build_autoencoder(name, shape, 100, PLAIN)
    fast = build_autoencoder(name, shape, 100)
    fast.load_state_dict(plain.state_dict())
    plain.load_state_dict(fast.state_dict())
    torch.manual_seed(1)
    expected = plain_loss(plain, pictures(channels))
    expected.backward()
    losses = fast.losses(pictures(channels), torch.Generator().manual_seed(1))
    total = losses.reconstruction + losses.divergence
    total.backward()
    torch.testing.assert_close(total, expected, rtol=1e-5, atol=0)
    for ours, theirs in zip(fast.parameters(), plain.parameters(), strict=True):
        error = (ours.grad - theirs.grad).abs().max() / theirs.grad.abs().max()
        assert error < 2e-5


def test_divergence_known_answers():
    zeros = torch.zeros(2, 3)
    assert gaussian_divergence(zeros, zeros).item() == 0
    # One dimension, mean m: m^2 / 2. Variance v, mean 0: (v - 1 - ln v) / 2.
    assert gaussian_divergence(torch.tensor([[3.0]]), torch.zeros(1, 1)).item() == pytest.approx(
        4.5
    )
    log_variance = torch.tensor([[4.0]]).log()
    expected = (4 - 1 - log_variance.item()) / 2
    assert gaussian_divergence(torch.zeros(1, 1), log_variance).item() == pytest.approx(
        expected, rel=1e-5
    )


@pytest.mark.parametrize("name", ["conv_ae", "mlp_ae"])
def test_plain_autoencoders_use_no_noise(name):
    network = build_autoencoder(name, (1, 28, 56), 100)
    first, second = (
        network.losses(pictures(1), torch.Generator().manual_seed(seed)) for seed in (1, 2)
    )
    assert first.reconstruction == second.reconstruction
    assert first.divergence == 0


def test_saved_weights_load_elsewhere_and_damage_is_named(tmp_path):
    network = build_autoencoder("conv_vae", (3, 28, 56), 20)
    known = {"model": "conv_vae", "image_shape": (3, 28, 56), "embedding_size": 20}
    save_weights(tmp_path / "net", network, known)
    loaded = load_autoencoder(tmp_path / "net")
    assert not loaded.training
    assert torch.equal(loaded.encode(pictures(3)), network.encode(pictures(3)))
    file = tmp_path / "net.safetensors"
    content = file.read_bytes()
    for spoilt in (content[:-5], b"", content[5:]):
        file.write_bytes(spoilt)
        with pytest.raises(DataError, match=r"net\.safetensors cannot be loaded"):
            load_autoencoder(tmp_path / "net")
    file.unlink()
    with pytest.raises(DataError, match=r"net\.safetensors is missing"):
        load_autoencoder(tmp_path / "net")
