"""What the network of slots makes of its inputs, and that it learns to do so."""

import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import ImageTextBatch, PairBatch
from crossmodal.errors import DataError
from tests.src.models.skipmodal.conftest import (
    BOTH_TERMS,
    find_unspoken,
    find_unwritten,
    learn,
    train,
    weigh,
)


def test_normalization_and_residual_read_are_switches(tiny_slots, batch):
    texts = batch.image_text.texts
    network = tiny_slots()
    embedded = network.embed("text", texts)
    torch.testing.assert_close(embedded.mean(0), torch.zeros(3, 16), atol=1e-5, rtol=0)
    encoded = network.encode("text", texts)
    read = network.memory(encoded.z.flatten(0, 1)).view_as(encoded.z)
    torch.testing.assert_close(encoded.u, F.layer_norm(encoded.z + read, (16,)))
    network = tiny_slots(additions={"normalize": False, "residual_read": False}).eval()
    torch.testing.assert_close(network.embed("text", texts), network.text_encoder(texts).tanh())
    encoded = network.encode("text", texts)
    read = network.memory(encoded.z.flatten(0, 1)).view_as(encoded.z)
    torch.testing.assert_close(encoded.u, read)
    assert network(batch).keys() == BOTH_TERMS


@pytest.mark.parametrize("slots", [1, 3])
def test_what_is_generated_hangs_on_the_input_alone(tiny_slots, batch, slots):
    network = tiny_slots(slots=slots).eval()
    fused = network.encode("image", batch.image_text.images).u
    assert torch.equal(network.encode("image", batch.image_text.images).u, fused)
    assert fused.shape == (3, slots, 16)
    drawn, spoken = network.generate_image(fused), network.generate_mel(fused)
    assert drawn.shape == (3, 3, 32, 32)
    assert 0 <= float(drawn.detach().min()) <= float(drawn.detach().max()) <= 1
    assert spoken.frames.max() <= 24
    assert spoken.mels.shape[1] == spoken.frames.max()
    written = network.generate_text(fused)
    assert written.shape[1] <= 12
    torch.manual_seed(5)
    assert torch.equal(network.generate_text(fused), written)
    assert torch.equal(network.generate_mel(fused).mels, spoken.mels)
    assert not spoken.mels.requires_grad


def test_images_of_another_size_are_refused(tiny_slots, batch):
    network, images = tiny_slots(), torch.rand(3, 3, 64, 64)
    with pytest.raises(DataError, match="64 x 64 pixels, but the network draws 32 x 32"):
        network(PairBatch(ImageTextBatch(images, batch.image_text.texts), None))
    with pytest.raises(DataError, match="64 x 64 pixels"):
        network.encode("image", images)


def test_four_pairs_are_learnt_and_read_back_by_free_running(tiny_slots, few):
    network = tiny_slots(2, bottleneck={"adversary": False}, additions={"hypotheses": 1})

    def find_missing():
        with torch.no_grad():
            encoded, _ = network.encode_batch(few, network.perceive(few))
            u = {name: each.u for name, each in encoded.items()}
            missing = find_unwritten(network, few, u) | find_unspoken(network, few, u)
            own = network.generate_text(u["text_b"])
        if not torch.equal(own, few.text_speech.texts.symbols):
            missing.add("text of text")
        for one, other in (("image", "text_a"), ("speech", "text_b")):
            apart = torch.cdist(u[one].flatten(1), u[other].flatten(1))
            if apart.argmin(1).tolist() != [0, 1]:
                missing.add(f"{other} beside {one}")
        return missing

    assert not learn("ours", network, few, 0.02, find_missing)


def test_the_same_steps_give_the_same_bytes(tiny_slots, batch):
    networks = [tiny_slots() for _ in range(2)]
    for network in networks:
        torch.manual_seed(0)
        train("ours", network, batch, 2, 0.02)
    values = [torch.cat([v.flatten().float() for v in n.state_dict().values()]) for n in networks]
    assert torch.equal(*values)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_comes_close_and_its_results_are_float32(tiny_slots, batch, dtype):
    network, expected = tiny_slots(), tiny_slots()(batch)
    with torch.autocast("cpu", dtype):
        losses = network(batch)
        fused = network.eval().encode("text", batch.image_text.texts).u
        spoken = network.generate_mel(fused)
    weigh("ours", network, losses).backward()
    for name, loss in expected.items():
        torch.testing.assert_close(losses[name].float(), loss, atol=0.1, rtol=0.05)
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(torch.isfinite(g).all() for g in grads)
    assert spoken.mels.dtype == torch.float32
