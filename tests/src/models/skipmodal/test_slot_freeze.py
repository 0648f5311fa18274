"""After a share of the steps what texts mean stays; images and the voice learn on."""

import torch

from crossmodal.data.skipmodal.batches import PairBatch
from tests.src.models.skipmodal.conftest import (
    A_TERMS,
    ADVERSARY,
    B_TERMS,
    SPEECH_TERMS,
    train,
)


def test_images_and_voice_learn_on_and_change_nothing_that_texts_and_speech_mean(tiny_slots, batch):
    network = tiny_slots(additions={"freeze_texts": 0.5})
    own = {"image_encoder", "image_decoder", "seen_words", "contrast", "spelling", "speech_decoder"}
    pairs = batch.text_speech

    def meanings():
        network.eval()
        # Frozen before and after: torch multiplies in another order where a weight learns.
        network.freeze_texts(True)
        with torch.no_grad():
            return network.encode("text", pairs.texts).u, network.encode("speech", pairs.speech).u

    before = meanings()
    network.train()
    first = {name: value.clone() for name, value in network.state_dict().items()}
    for progress in (0.5, 0.75, 0.99):
        network.progress = progress
        terms = train("ours", network, batch, 2, 0.02).keys()
        assert terms == A_TERMS - ADVERSARY | SPEECH_TERMS
    last = network.state_dict()
    changed = {name.split(".")[0] for name in first if not torch.equal(first[name], last[name])}
    assert changed == own | {"norms"}
    assert all(torch.equal(*each) for each in zip(before, meanings(), strict=True))


def test_a_step_with_one_data_set_has_its_terms_before_and_after_the_freeze(tiny_slots, batch):
    network = tiny_slots(additions={"freeze_texts": 0.5})
    images, speech = PairBatch(batch.image_text, None), PairBatch(None, batch.text_speech)
    network.progress = 0.3
    assert network(images).keys() == A_TERMS - {"image", "place"}  # nothing is drawn yet
    assert network(speech).keys() == B_TERMS
    network.progress = 0.7
    assert network(images).keys() == A_TERMS - ADVERSARY
    assert network(speech).keys() == SPEECH_TERMS


def test_the_voice_learns_the_same_from_texts_frozen_or_not(tiny_slots, batch):
    network = tiny_slots(additions={"freeze_texts": 0.5}, weights={"words": 0.0}).eval()
    found = {}
    for progress in (0.3, 0.7):
        network.progress = progress
        network.zero_grad()
        network(batch)["mel"].backward()
        grads = network.speech_decoder.frames.weight.grad
        found[progress] = grads.clone()
    torch.testing.assert_close(found[0.3], found[0.7])
    assert network.text_decoder.dense.weight.grad is None


def test_after_the_freeze_all_may_learn_again(tiny_slots, batch):
    network = tiny_slots(additions={"freeze_texts": 0.5})
    network(batch)
    assert not all(p.requires_grad for p in network.parameters())
    network.progress = 0.3
    network(batch)
    assert all(p.requires_grad for p in network.parameters())
    assert all(part.training for part in network.modules())
