import json

import pytest
import torch

from crossmodal.errors import DataError
from crossmodal.models.skipmodal.network import load_network
from crossmodal.models.skipmodal.slot_network import load_slot_network


@pytest.mark.parametrize("changes", [{}, {"bottleneck": {"fusion": "dense", "transformer": False}}])
def test_a_saved_network_says_the_same(tiny_slots, batch, tmp_path, changes):
    network = tiny_slots(**changes)
    network(batch)  # changes the running statistics
    network.eval().save(tmp_path / "network")
    loaded = load_slot_network(tmp_path / "network")
    assert loaded.config == network.config
    assert not loaded.training
    expected, found = network(batch), loaded(batch)
    assert all(torch.equal(found[name], loss) for name, loss in expected.items())
    fused = network.encode("image", batch.image_text.images).u
    assert torch.equal(loaded.encode("image", batch.image_text.images).u, fused)
    assert torch.equal(loaded.generate_text(fused), network.generate_text(fused))
    assert torch.equal(loaded.generate_mel(fused).mels, network.generate_mel(fused).mels)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.with_suffix(".json").write_text("{"),
        lambda path: path.with_suffix(".json").write_text("{}"),
        lambda path: path.with_suffix(".json").write_text("[]"),
        lambda path: path.with_suffix(".json").write_text('{"network": {"kind": "slots", "a": 1}}'),
        lambda path: path.with_suffix(".json").write_text('{"network": {"preset": "paper"}}'),
        lambda path: path.with_suffix(".json").unlink(),
        lambda path: path.with_suffix(".safetensors").write_bytes(b"\x00" * 40),
        lambda path: path.with_suffix(".safetensors").unlink(),
        lambda path: shrink(path),
    ],
)
def test_damaged_files_are_named(tiny_slots, tmp_path, damage):
    path = tmp_path / "network"
    tiny_slots().save(path)
    damage(path)
    with pytest.raises(DataError, match=r"network\.(json|safetensors)"):
        load_slot_network(path)


def shrink(path):
    """A description of another size than the weights."""
    file = path.with_suffix(".json")
    values = json.loads(file.read_text())
    values["network"]["slots"] = 2
    file.write_text(json.dumps(values))


def test_the_papers_network_and_ours_are_not_taken_for_one_another(tiny, tiny_slots, tmp_path):
    tiny().save(tmp_path / "paper")
    tiny_slots().save(tmp_path / "ours")
    with pytest.raises(DataError, match="does not describe this kind of network"):
        load_slot_network(tmp_path / "paper")
    with pytest.raises(DataError, match="does not describe this kind of network"):
        load_network(tmp_path / "ours")
