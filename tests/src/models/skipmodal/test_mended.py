"""`mended` is the paper's network but for five switches."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from benchmarks.reach import measure
from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from tests.src.models.skipmodal.conftest import TINY, find_unspoken, find_unwritten, learn

OFF = {
    "normalize": False,
    "residual_read": False,
    "contrast": False,
    "texts_first": 0.0,
    "spelling": False,
}


def build(seed=0, changes=OFF, **sections):
    values = {name: dict(v) if isinstance(v, dict) else v for name, v in TINY.items()}
    for section, numbers in sections.items():
        values[section] = values[section] | numbers
    values |= {"kind": "mended", "most_words": 3, "word_characters": 6, "changes": changes}
    return ARCHITECTURES["mended"].build(MendedNetworkSettings.parse(values, "network"), seed)


def test_without_its_changes_it_is_the_network_of_the_paper(tiny, batch):
    paper, mended = tiny(), build()
    assert {n: v.shape for n, v in paper.state_dict().items()} == {
        n: v.shape for n, v in mended.state_dict().items()
    }
    mended.load_state_dict(paper.state_dict())
    wanted, found = paper(batch), mended(batch)
    assert wanted.keys() == found.keys()
    for name, loss in wanted.items():
        assert torch.equal(loss, found[name]), name


def test_each_modality_is_normalised_by_itself(batch):
    network = build(changes=OFF | {"normalize": True})
    texts = batch.text_speech.texts
    alone = network.normalize("text", network.text_encoder(texts))
    torch.testing.assert_close(alone.mean(0), torch.zeros(16), atol=1e-5, rtol=0)
    raw = network.text_encoder(texts)
    spread = (raw - raw.mean(0)) / (raw.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(alone, spread, atol=1e-4, rtol=1e-4)
    images, others = batch.image_text.images, torch.rand_like(batch.image_text.images)
    given = PairBatch(batch.image_text, batch.text_speech)
    changed = PairBatch(replace(batch.image_text, images=others), batch.text_speech)
    assert not torch.equal(images, others)
    speech = (network.embed_batch(each)["speech"] for each in (given, changed))
    assert torch.equal(*speech)


def test_z_goes_on_past_the_memory(tiny, batch):
    network = build(changes=OFF | {"residual_read": True}).eval()
    texts = batch.text_speech.texts
    made = network.encode("text", texts)
    read = network.fusion(made.z)
    torch.testing.assert_close(made.u, F.layer_norm(made.z + read, (16,)))


def test_contrast_draws_pairs_together(batch):
    network = build(changes=OFF | {"contrast": True})
    found = network(batch)["contrast"]
    encoded = network.encode_batch(batch)
    swapped = encoded | {"image": encoded["text_a"], "speech": encoded["text_b"]}
    assert network.pair_losses(batch, swapped)["contrast"] < found
    found.backward()
    for part in (network.image_encoder, network.speech_encoder, network.text_encoder):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    assert all(p.grad is None for p in network.text_decoder.parameters())


def test_texts_are_alone_first(batch):
    network = build(changes=OFF | {"texts_first": 0.5})
    network.progress = 0.4
    assert network(batch).keys() == {"text_to_text"}
    spelled = build(changes=OFF | {"texts_first": 0.5, "spelling": True})
    spelled.progress = 0.4
    assert spelled(batch).keys() == {"text_to_text", "spelling_b"}
    network(batch)["text_to_text"].backward()
    for name in ("image_encoder", "speech_encoder", "image_decoder"):
        assert all(p.grad is None for p in getattr(network, name).parameters()), name
    assert all(p.grad is not None for p in network.text_encoder.parameters())
    network.progress = 0.5
    later = network(batch)
    assert later.keys() == {*build()(batch), "text_to_text"}
    one_kind = network(PairBatch(batch.image_text, None))
    assert "text_to_text" not in one_kind


def test_speech_follows_u_and_nothing_that_is_written(batch):
    network = build(changes=OFF | {"spelling": True}).eval()
    fused = torch.randn(4, 16, generator=torch.Generator().manual_seed(0))
    spoken = network.generate_mel(fused)
    network.text_decoder = None
    again = network.generate_mel(fused)
    assert torch.equal(spoken.mels, again.mels) and torch.equal(spoken.frames, again.frames)
    other = network.generate_mel(fused + 1)
    assert other.mels.shape != spoken.mels.shape or not torch.equal(other.mels, spoken.mels)
    alone = network.generate_mel(fused[:1])
    frames = int(spoken.frames[0])
    torch.testing.assert_close(alone.mels[0, :frames], spoken.mels[0, :frames])


def test_the_u_of_images_are_asked_to_spell_their_captions(batch):
    network = build(changes=OFF | {"spelling": True})
    network(batch)["spelling_a"].backward()
    for part in (network.image_encoder, network.text_encoder, network.spelling):
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())
    for part in (network.voice, network.text_decoder, network.image_decoder):
        assert all(p.grad is None for p in part.parameters())


def test_four_pairs_are_learnt_and_read_back_by_free_running(batch):
    changes = {"texts_first": 0.1}
    network = build(
        changes=changes, bottleneck={"adversary": False}, text_decoder={"every_step": True}
    )

    def missing():
        network.eval()
        with torch.no_grad():
            u = {name: each.u for name, each in network.encode_batch(batch).items()}
        found = find_unwritten(network, batch, u) | find_unspoken(network, batch, u)
        network.train()
        return found

    assert learn("mended", network, batch, 0.01, missing) == set()


@pytest.mark.parametrize("every_step", [False, True])
def test_u_reaches_every_step_of_a_text_only_where_it_is_asked_to(every_step, batch):
    network = build(text_decoder={"every_step": every_step})
    decoder, fused = network.text_decoder, torch.randn(2, 16)
    before = torch.zeros(2, 3, dtype=torch.long)
    assert torch.equal(decoder.read(before, fused), decoder.read(before, fused + 1)) != every_step


def test_what_reaches_the_encoders_first_hangs_on_the_residual_read(batch):
    mended = ARCHITECTURES["mended"]
    found = {}
    for residual in (True, False):
        network = build(changes=OFF | {"residual_read": residual})
        found[residual] = measure(network, mended.weights(network), batch)
    (_, varied, text, adversary, _), (_, alike, little, same, _) = found[True], found[False]
    assert alike < varied / 20 and little < text / 20  # M alone reads nearly the same of every z
    assert adversary > 0 and same > 0
    network = build(bottleneck={"adversary": False})
    assert measure(network, mended.weights(network), batch)[3] == 0
