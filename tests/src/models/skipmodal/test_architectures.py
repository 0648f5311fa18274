import pytest
import torch

from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.models.skipmodal.architectures import ARCHITECTURES

SETTINGS = {
    "paper": SkipModalNetworkSettings.parse({"preset": "laptop"}, "network"),
    "mended": MendedNetworkSettings.parse({"kind": "mended", "preset": "laptop"}, "network"),
    "ours": SlotNetworkSettings.parse({"kind": "slots"}, "network"),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_weights_come_from_the_seed_and_come_back_from_disk(name, tmp_path):
    architecture = ARCHITECTURES[name]
    before = torch.random.get_rng_state()
    first, same, other = (architecture.build(SETTINGS[name], seed) for seed in (1, 1, 2))
    assert torch.random.get_rng_state().equal(before)
    first.save(tmp_path / "network")
    loaded = architecture.load(tmp_path / "network").state_dict()
    for key, values in first.state_dict().items():
        assert values.equal(same.state_dict()[key]) and values.equal(loaded[key])
    assert any(not v.equal(other.state_dict()[k]) for k, v in first.state_dict().items())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_loss_has_its_weight(name):
    architecture = ARCHITECTURES[name]
    weights = architecture.weights(architecture.build(SETTINGS[name], 0))
    assert weights.keys() == architecture.weight_of.keys()
    assert weights["adversary_classifier"] == 0.1 and weights["text_a"] == 1
