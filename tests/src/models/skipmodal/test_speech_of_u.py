"""Speech of `ours` follows u: nothing that is written, nor the states that write it, enters."""

import pytest
import torch

from crossmodal.data.skipmodal.batches import PairBatch


@pytest.fixture
def speaker(tiny_slots):
    """A network that counts differently for each u, and some of these."""
    network = tiny_slots(max_steps=99, additions={"hypotheses": 1}).eval()
    with torch.no_grad():
        network.spelling.count.weight *= 20
    return network, torch.randn(5, 3, 16, generator=torch.Generator().manual_seed(0))


def same(one, other):
    """Whether two utterances are the same in all bytes."""
    parts = (one.mels, other.mels), (one.frames, other.frames), (one.stops, other.stops)
    return all(torch.equal(*part) for part in (*parts, (one.alignments, other.alignments)))


def test_speech_is_the_same_without_a_text_decoder(speaker, batch):
    network, fused = speaker
    spoken = network.generate_mel(fused)
    with torch.no_grad():
        for parameter in network.text_decoder.parameters():
            parameter.normal_(std=9, generator=torch.Generator().manual_seed(1))
    assert same(network.generate_mel(fused), spoken)
    network.text_decoder = None
    assert same(network.generate_mel(fused), spoken)
    heard = network.generate_mel(network.encode("image", batch.image_text.images, aloud=True).u)
    assert torch.isfinite(heard.mels).all()


def test_speech_is_of_the_u_of_one_sentence_whatever_is_written_of_another(speaker, monkeypatch):
    network, fused = speaker
    one, other = fused[:1], fused[1:2]
    spoken, written = network.generate_mel(one), network.generate_text(other)
    logits = network.text_decoder(other, written)
    # All that the text decoder gives is of the other sentence.
    monkeypatch.setattr(network.text_decoder, "forward", lambda *given: logits)
    monkeypatch.setattr(network.text_decoder, "write", lambda *given: written)
    assert same(network.generate_mel(one), spoken)
    assert not torch.equal(network.generate_mel(other).mels, spoken.mels)


def test_whatever_else_is_in_a_batch_an_item_is_spoken_as_alone(speaker):
    network, fused = speaker
    together = network.generate_mel(fused)
    assert len(set(together.frames.tolist())) > 1
    for item, frames in enumerate(together.frames):
        alone = network.generate_mel(fused[item : item + 1])
        assert alone.mels.shape[1] == frames
        torch.testing.assert_close(alone.mels[0], together.mels[item, :frames])
        assert (together.mels[item, frames:] == 0).all()
    mixed = network.generate_mel(torch.cat([fused[:1], fused[2:4]]))
    frames = together.frames[0]
    torch.testing.assert_close(mixed.mels[0, :frames], together.mels[0, :frames])


@pytest.mark.parametrize("progress", [0.3, 0.7])  # before and after texts are frozen
def test_the_text_decoder_learns_nothing_of_speech(tiny_slots, batch, progress):
    network = tiny_slots(additions={"freeze_texts": 0.5})
    network.progress = progress
    losses = network(PairBatch(None, batch.text_speech))
    (losses["mel"] + losses["stop"] + losses["spelling_b"]).backward()
    assert all(p.grad is None for p in network.text_decoder.parameters())
    for part in (network.spelling, network.speech_decoder):
        assert all(p.grad is not None for p in part.parameters())


def test_a_voice_that_is_trained_does_not_hear_what_the_text_decoder_says(tiny_slots, batch):
    network = tiny_slots().eval()
    losses = network(batch)
    with torch.no_grad():
        for parameter in network.text_decoder.parameters():
            parameter.add_(1)
    otherwise = network(batch)
    for name in ("mel", "stop", "spelling_b"):
        assert torch.equal(losses[name], otherwise[name]), name
    assert not torch.equal(losses["text_b"], otherwise["text_b"])
