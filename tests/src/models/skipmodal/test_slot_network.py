"""What the network of slots makes of its inputs, and that it learns to do so."""

import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import ImageTextBatch, PairBatch
from crossmodal.data.skipmodal.symbols import END, PAD
from crossmodal.errors import DataError
from crossmodal.models.skipmodal.slot_network import batch_texts
from tests.src.models.skipmodal.conftest import (
    A_TERMS,
    B_TERMS,
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
    assert network(batch).keys() == A_TERMS | B_TERMS


def test_noise_is_there_in_training_only_and_of_its_deviation(tiny_slots):
    network, fused = tiny_slots(additions={"noise": 0.5}), torch.zeros(400, 3, 16)
    assert abs(float(network.disturb(fused).std()) - 0.5) < 0.02
    assert network.eval().disturb(fused) is fused
    assert tiny_slots().disturb(fused) is fused


@pytest.mark.parametrize("slots", [1, 3])
def test_what_is_generated_hangs_on_the_input_alone(tiny_slots, batch, slots):
    network = tiny_slots(slots=slots, additions={"noise": 1.0}).eval()
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


def test_speech_says_what_is_written_and_nothing_else(tiny_slots, batch):
    network = tiny_slots().eval()
    with torch.no_grad():
        network.text_decoder.dense.weight *= 20
        network.text_decoder.dense.bias[END] += 3
    fused = torch.cat([network.encode("text", each).u for each in batch_texts(batch).values()])
    written, spoken = network.generate_text(fused), network.generate_mel(fused)
    lengths = (written != PAD).sum(1)
    assert len(set(lengths.tolist())) > 1
    _, states = network.text_decoder(fused, written)
    expected = network.speech_decoder.generate(
        network.text_decoder.script(states, written), lengths
    )
    assert torch.equal(spoken.frames, expected.frames)
    torch.testing.assert_close(spoken.mels, expected.mels)
    torch.testing.assert_close(spoken.alignments, expected.alignments)
    for item, frames in enumerate(spoken.frames):  # whatever else is in the batch
        alone = network.generate_mel(fused[item : item + 1])
        torch.testing.assert_close(alone.mels[0], spoken.mels[item, :frames])
        assert (spoken.mels[item, frames:] == 0).all()


def test_images_of_another_size_are_refused(tiny_slots, batch):
    network, images = tiny_slots(), torch.rand(3, 3, 64, 64)
    with pytest.raises(DataError, match="64 x 64 pixels, but the network draws 32 x 32"):
        network(PairBatch(ImageTextBatch(images, batch.image_text.texts), None))
    with pytest.raises(DataError, match="64 x 64 pixels"):
        network.encode("image", images)


@pytest.mark.parametrize("script", [True, False])
def test_four_pairs_are_learnt_and_read_back_by_free_running(tiny_slots, few, script):
    additions = {"hypotheses": 1, "script": script}
    network = tiny_slots(2, bottleneck={"adversary": False}, additions=additions)

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
    networks = [tiny_slots(additions={"noise": 0.1}) for _ in range(2)]
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
