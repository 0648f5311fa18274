"""Of several captions that an image may have: which one is learned, and which one is told."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.symbols import PAD, to_symbols
from crossmodal.models.skipmodal.slot_alignment import nearest, pick
from crossmodal.models.skipmodal.slot_decoders import Script


def imagine(network, images):
    """Every hypothesis' u [K, B, S, D], and the logits [B, K]."""
    every, suit = network.image_encoder(images)
    u = network.fuse(network.normalize("image", every).flatten(0, 1)).u
    return u.unflatten(0, every.shape[:2]), suit


def test_images_are_told_by_the_hypothesis_whose_text_is_most_probable(tiny_slots, batch):
    network, images = tiny_slots(additions={"hypotheses": 3}).eval(), batch.image_text.images
    every, suit = imagine(network, images)
    found = network.encode("image", images).u
    for item in range(3):
        likely = []
        for number in range(3):
            u = every[number, item][None]
            symbols = network.generate_text(u)
            written = int((symbols != PAD).sum())
            logits = network.text_decoder(u, symbols)[0][0, :written]
            logits[:, PAD] = -torch.inf
            said = logits.log_softmax(1).gather(1, symbols[0, :written, None]).sum()
            likely.append((suit[item].log_softmax(0)[number] + said).item())
        best = int(np.argmax(likely))
        torch.testing.assert_close(found[item], every[best, item])


def test_a_clear_hypothesis_is_taken_before_a_blurred_one_that_is_nearest_more_often(tiny_slots):
    network = tiny_slots(additions={"hypotheses": 2}).eval()
    fused = torch.randn(2, 1, 3, 16)
    said = network.text_decoder.write(fused.flatten(0, 1)).log_probability
    clear = int(said.argmax())
    apart = float(said[clear] - said[1 - clear])
    for ahead, wanted in ((0.9 * apart, clear), (1.1 * apart, 1 - clear)):
        suit = torch.zeros(1, 2)
        suit[0, 1 - clear] = ahead
        assert network.choose(fused, suit).tolist() == [wanted]


def test_it_is_learnt_which_hypothesis_is_nearest(tiny_slots, batch):
    network = tiny_slots(additions={"hypotheses": 3}).eval()
    encoded, losses = network.encode_batch(batch, network.perceive(batch))
    every, suit = imagine(network, batch.image_text.images)
    best = nearest(every, encoded["text_a"].u)
    torch.testing.assert_close(losses["hypothesis"], F.cross_entropy(suit, best))
    torch.testing.assert_close(encoded["image"].u, pick(every, best))


@pytest.fixture
def torn(tiny_slots, monkeypatch):
    """Of two hypotheses the first is likelier by 8 nats, but has two words no recording says."""

    def build(**changes):
        network = tiny_slots(additions={"hypotheses": 2} | changes, spoken_words=["a", "red"])
        texts = [to_symbols(text) for text in ("a yellow one", "red, a red one")]
        rows = torch.zeros(2, 20, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            row[: len(text)] = torch.tensor(text)
        script = Script(rows, (rows != PAD).sum(1), torch.zeros(2, 20, 24), torch.zeros(2, 20, 66))
        monkeypatch.setattr(network.text_decoder, "write", lambda fused: script)
        said = script.log_probability
        suit = torch.tensor([[8 - float(said[0] - said[1]), 0.0]])
        return network, torch.randn(2, 1, 3, 16), suit

    return build


@pytest.mark.parametrize(("sayable", "spoken"), [(0.0, 0), (7.9, 0), (8.1, 1)])
def test_what_is_spoken_has_words_that_recordings_say(torn, sayable, spoken):
    network, fused, suit = torn(sayable=sayable)
    assert network.choose(fused, suit).tolist() == [0]  # to be written
    assert network.choose(fused, suit, aloud=True).tolist() == [spoken]


def test_words_are_counted_that_no_recording_says(torn, tiny_slots):
    network, *_ = torn()
    texts = ["a red red", "seven, a ten", "", "'red' a"]
    rows = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(to_symbols(text)) for text in texts], batch_first=True
    )
    assert network.count_unspoken(rows).tolist() == [0, 2, 0, 1]
    assert tiny_slots().count_unspoken(rows).tolist() == [0, 0, 0, 0]  # of images alone
