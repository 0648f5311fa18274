"""`ours` with a pretrained image encoder: from pictures or from their maps, it is one network."""

from dataclasses import replace

import pytest
import torch

from crossmodal.errors import DataError
from crossmodal.models.skipmodal.efficientnet import embed_pixels, fill_frozen
from crossmodal.models.skipmodal.efficientnet_weights import freeze
from crossmodal.models.skipmodal.slot_network import load_slot_network
from tests.src.models.skipmodal.published import make_checkpoint

FROZEN = dict(freeze(make_checkpoint()))


@pytest.fixture
def pretrained(tiny_slots):
    """Build a small network that has a pretrained one in it."""

    def build(**changes):
        maps = {"size": 64, "stages": [2, 3]}
        network = tiny_slots(image_encoder="efficientnet_lite0", **({"pretrained": maps} | changes))
        fill_frozen(network.image_encoder.layers.frozen, FROZEN)
        return network

    return build


@pytest.fixture
def embedded(pretrained, batch):
    """The batch with maps beside its images."""
    frozen = pretrained().image_encoder.layers.frozen
    maps = embed_pixels(frozen, batch.image_text.images).float()
    return replace(batch, image_text=replace(batch.image_text, maps=maps))


def test_maps_stand_for_their_pictures(pretrained, batch, embedded):
    network = pretrained()
    assert embedded.image_text.inputs is embedded.image_text.maps
    for name, loss in network(batch).items():
        assert torch.equal(loss, network(embedded)[name]), name
    network.eval()
    from_pixels = network.encode("image", batch.image_text.images).u
    assert torch.equal(network.encode("image", embedded.image_text.maps).u, from_pixels)
    other = network.encode("image", embedded.image_text.maps.flip(0)).u
    assert not torch.allclose(other, from_pixels)


def test_training_moves_the_adapter_and_never_the_pretrained(pretrained, embedded):
    network = pretrained().train()
    places = network.image_encoder.layers
    adapter = {name: each.clone() for name, each in places.adapter.state_dict().items()}
    sum(network(embedded).values()).backward()
    with torch.no_grad():
        for parameter in places.adapter.parameters():
            parameter -= 0.01 * parameter.grad
    for name, each in places.frozen.state_dict().items():
        assert torch.equal(each, FROZEN[name]), name
    assert all(not torch.equal(each, adapter[n]) for n, each in places.adapter.state_dict().items())


def test_a_saved_network_reads_pictures_without_other_files(pretrained, batch, tmp_path):
    network = pretrained().eval()
    network.save(tmp_path / "network")
    loaded = load_slot_network(tmp_path / "network")
    images = batch.image_text.images
    assert torch.equal(loaded.encode("image", images).u, network.encode("image", images).u)


def test_maps_of_other_settings_are_refused(pretrained, embedded):
    network = pretrained(pretrained={"size": 64, "stages": [3]})
    with pytest.raises(DataError, match=r"maps of \(136, 8, 8\) are not those of size=64"):
        network(embedded)
    with pytest.raises(DataError, match=r"maps of \(136, 8, 8\)"):
        pretrained(pretrained={"size": 128, "stages": [2, 3]}).encode(
            "image", embedded.image_text.maps
        )


@pytest.mark.parametrize(("size", "stages", "side"), [(64, [5], 4), (96, [3, 5], 6), (32, [7], 1)])
def test_places_are_those_of_the_maps(pretrained, batch, size, stages, side):
    network = pretrained(pretrained={"size": size, "stages": stages})
    places = network.image_encoder.layers(batch.image_text.images)
    assert places.shape == (3, 8, side, side)
    assert network.config.places_side == side
    assert network.encode("image", batch.image_text.images).u.shape == (3, 3, 16)


def test_places_lie_where_the_picture_has_them(pretrained):
    places = pretrained().eval().image_encoder.layers
    images = torch.full((2, 3, 32, 32), 0.5)
    images[1, :, 24:, 24:] = 1
    plain, marked = places(images)
    change = (marked - plain).abs().sum(0)
    assert change[5:, 5:].max() == change.max() > 10 * change[:3, :3].max()
