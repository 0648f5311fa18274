"""Of several captions that an image may have: which one is learned, and which one is told."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.symbols import PAD
from crossmodal.models.skipmodal.slot_alignment import nearest, pick


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
            logits = network.text_decoder(u, symbols)[0, :written]
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


@pytest.mark.parametrize(
    ("weight", "ahead", "aloud"),
    [(0.1, 4.9, 1), (0.1, 5.1, 0), (0.0, 4.9, 0)],  # nats; 0: nothing is known of recordings
)
def test_what_is_spoken_is_rather_like_a_recording(tiny_slots, monkeypatch, weight, ahead, aloud):
    network = tiny_slots(additions={"hypotheses": 2}, weights={"spoken": weight}).eval()
    fused = torch.randn(2, 1, 3, 16)
    said = network.text_decoder.write(fused.flatten(0, 1)).log_probability
    like = torch.tensor([[-5.5], [-0.5]])  # nats
    monkeypatch.setattr(network.spoken, "log_probability", lambda fused: like)
    suit = torch.stack([ahead - said[0], -said[1]])[None].detach()  # the first is likelier
    assert network.choose(fused, suit).tolist() == [0]  # to be written
    assert network.choose(fused, suit, aloud=True).tolist() == [aloud]


def test_what_is_spoken_is_a_hypothesis_of_the_image_whatever_is_written(tiny_slots, batch):
    network, images = tiny_slots(additions={"hypotheses": 3}).eval(), batch.image_text.images
    every, _ = imagine(network, images)
    for scale in (1.0, -3.0):
        with torch.no_grad():
            network.text_decoder.dense.weight *= scale
        found = network.encode("image", images, aloud=True).u
        apart = (every - found).abs().amax((2, 3))
        assert (apart.amin(0) < 1e-5).all()
