"""Which loss of the network of slots is there, what it is of, and which parts learn from it."""

import pytest
import torch

from crossmodal.config.skipmodal.slots import SlotWeights
from crossmodal.data.skipmodal.batches import ImageTextBatch, PairBatch, Speech, TextSpeechBatch
from crossmodal.models.skipmodal.slot_encoders import count_words
from crossmodal.models.skipmodal.slot_network import SLOT_WEIGHT_OF
from tests.src.models.skipmodal.conftest import (
    A_TERMS,
    ADVERSARY,
    B_TERMS,
    BOTH_TERMS,
    COUNT,
    PAIRS,
    SPEECH_TERMS,
    WORDS,
    weigh,
)

BOTTLENECK = {"transformer", "memory"}
SPEECH = {"text_encoder", "spelling", "speech_decoder"} | BOTTLENECK
REACHED = {
    "image": {"text_encoder", "image_decoder"} | BOTTLENECK,
    "place": {"image_decoder"},
    "text_a": {"image_encoder", "text_decoder"} | BOTTLENECK,
    "text_b": {"speech_encoder", "text_decoder"} | BOTTLENECK,
    "text_to_text": {"text_encoder", "text_decoder"} | BOTTLENECK,
    "mel": SPEECH,
    "stop": SPEECH,
    "spelling_a": {"image_encoder", "text_encoder", "spelling"} | BOTTLENECK,
    "spelling_b": {"text_encoder", "spelling"} | BOTTLENECK,
    "spoken": {"spoken"},
    "contrast": {"image_encoder", "text_encoder", "speech_encoder", "contrast"} | BOTTLENECK,
    "adversary_classifier": {"adversary", "image_encoder", "speech_encoder", "transformer"},
    "adversary_transformer": {"image_encoder", "speech_encoder", "transformer"},
    "hypothesis": {"image_encoder"},
    "words_seen": {"image_encoder", "seen_words"},
    "words_heard": {"speech_encoder", "heard_words"},
    "word_count": {"speech_encoder"},
}


def gradients(network, loss):
    names = [name for name, _ in network.named_parameters()]
    found = torch.autograd.grad(
        loss, list(network.parameters()), retain_graph=True, allow_unused=True
    )
    return {name: g for name, g in zip(names, found, strict=True) if g is not None}


def reached(network, loss):
    """The blocks with a gradient that is not zero."""
    pairs = gradients(network, loss).items()
    return {name.split(".")[0] for name, g in pairs if g.abs().sum() > 0}


def test_every_loss_reaches_its_own_blocks_only(tiny_slots, batch):
    network = tiny_slots()
    network.transformer.eval()  # its batch statistics join the modalities
    losses = network(batch)
    assert losses.keys() == REACHED.keys() == SLOT_WEIGHT_OF.keys()
    for name, loss in losses.items():
        assert reached(network, loss) == REACHED[name], name


def test_there_is_a_weight_for_every_term():
    assert set(SLOT_WEIGHT_OF.values()) == set(SlotWeights.model_fields)


def test_only_the_nearest_hypothesis_learns(tiny_slots, batch):
    network = tiny_slots(additions={"hypotheses": 7})
    for part in (network.transformer, network.norms):
        part.eval()  # batch statistics join the hypotheses
    embeddings, _ = network.image_encoder(batch.image_text.images)
    captions = network.encode("text", batch.image_text.texts).u  # in training: the same statistics
    every = network.fuse(network.normalize("image", embeddings).flatten(0, 1)).u.view(7, 3, 3, 16)
    nearest = set((every - captions).square().sum((2, 3)).argmin(0).tolist())
    losses = network(PairBatch(batch.image_text, None))
    assert 0 < len(nearest) < 7
    for name in ("text_a", *PAIRS):
        queries = gradients(network, losses[name])["image_encoder.reader.queries"]
        assert set(queries.abs().sum((1, 2)).nonzero().flatten().tolist()) == nearest, name


def without_speech(batch, seed=3):
    """Other recordings of the same lengths for the same texts."""
    spoken = batch.text_speech
    mels = torch.rand(spoken.speech.mels.shape, generator=torch.Generator().manual_seed(seed))
    other = Speech(mels, spoken.speech.frames)
    return PairBatch(batch.image_text, TextSpeechBatch(spoken.texts, other))


def test_images_and_recordings_never_meet(tiny_slots, batch):
    network = tiny_slots().eval()
    both, otherwise = network(batch), network(without_speech(batch))
    for name in ("image", "place", "text_a", "text_to_text", "stop", "words_seen", "spoken"):
        assert torch.equal(both[name], otherwise[name]), name
    for name in ("text_b", "mel", "contrast", "words_heard"):
        assert not torch.equal(both[name], otherwise[name]), name
    shown = batch.image_text
    pairs = ImageTextBatch(1 - shown.images, shown.texts)
    otherwise = network(PairBatch(pairs, batch.text_speech))
    for name in ("text_b", "text_to_text", "mel", "stop", "words_heard", "spelling_b", "spoken"):
        assert torch.equal(both[name], otherwise[name]), name
    for name in ("text_a", "image", "spelling_a", "contrast", "words_seen"):
        assert not torch.equal(both[name], otherwise[name]), name


def test_pairs_are_tied_within_a_data_set_only(tiny_slots, batch):
    network = tiny_slots(additions={"hypotheses": 1}).eval()
    image = network.encode("image", batch.image_text.images).u
    caption = network.encode("text", batch.image_text.texts).u
    text = network.encode("text", batch.text_speech.texts).u
    heard = network.speech_encoder.listen(batch.text_speech.speech)
    heard = network.speech_encoder.read(heard, count_words(batch.text_speech.texts))
    spoken = network.fuse(network.normalize("speech", heard)).u  # cut into the true words
    losses = network(batch)
    expected = network.contrast(image, caption) + network.contrast(spoken, text)
    torch.testing.assert_close(losses["contrast"], expected)


def test_speech_is_learnt_from_the_u_of_its_own_text(tiny_slots, batch):
    network, pairs = tiny_slots().eval(), batch.text_speech
    states, spelled, loss = network.spelling.learn(
        network.encode("text", pairs.texts).u, pairs.texts
    )
    assert torch.equal(spelled, pairs.texts.lengths)  # a state for each character
    decoder = network.speech_decoder
    steps = torch.tensor([5, 3, 6, 3])  # of 13, 7, 16 and 9 frames, three a step
    mel, stop = decoder.losses(*decoder(states, spelled, steps), pairs.speech)
    losses = network(batch)
    torch.testing.assert_close(losses["mel"], mel)
    torch.testing.assert_close(losses["stop"], stop)
    torch.testing.assert_close(losses["spelling_b"], loss)


def test_images_and_captions_alike_are_to_be_spelled(tiny_slots, batch):
    network, pairs = tiny_slots(additions={"hypotheses": 1}).eval(), batch.image_text
    parts = [network.encode("image", pairs.images).u, network.encode("text", pairs.texts).u]
    expected = [network.spelling.learn(u, pairs.texts)[2] for u in parts]
    torch.testing.assert_close(network(batch)["spelling_a"], sum(expected) / 2)


@pytest.mark.parametrize(("side", "terms"), [("a", A_TERMS), ("b", B_TERMS), ("ab", None)])
@pytest.mark.parametrize(
    "bottleneck",
    [{}, {"fusion": "dense"}, {"fusion": "none"}, {"transformer": False}, {"adversary": False}],
)
def test_every_bottleneck_trains_on_one_data_set_and_on_both(
    tiny_slots, batch, side, terms, bottleneck
):
    network = tiny_slots(bottleneck=bottleneck)
    given = PairBatch(batch.image_text if "a" in side else None, batch.text_speech)
    given = given if "b" in side else PairBatch(given.image_text, None)
    losses = network(given)
    expected = set(terms or BOTH_TERMS)
    assert losses.keys() == (expected - ADVERSARY if "adversary" in bottleneck else expected)
    weigh("ours", network, losses).backward()
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(torch.isfinite(g).all() for g in grads)


@pytest.mark.parametrize("weight", ["spoken", "contrast", "words", "count"])
def test_an_addition_of_weight_0_is_off(tiny_slots, batch, weight):
    everything = tiny_slots().eval()(batch)
    network = tiny_slots(weights={weight: 0.0}).eval()
    losses = network(batch)
    off = {name for name, field in SLOT_WEIGHT_OF.items() if field == weight}
    assert everything.keys() - losses.keys() == off
    for name, loss in losses.items():
        torch.testing.assert_close(loss, everything[name])
    network.progress = 0.0
    assert network(batch).keys() == ({"text_to_text"} | WORDS | COUNT) - off


def test_without_a_vocabulary_no_words_are_looked_for(tiny_slots, batch):
    everything, losses = tiny_slots()(batch), tiny_slots(words=[])(batch)
    assert everything.keys() - losses.keys() == WORDS


def test_texts_from_texts_of_weight_0_are_decoded_but_do_not_count(tiny_slots, batch):
    plain, network = tiny_slots().eval(), tiny_slots(weights={"text_to_text": 0.0}).eval()
    everything, losses = plain(batch), network(batch)
    assert losses.keys() == everything.keys()
    for name, loss in losses.items():
        torch.testing.assert_close(loss, everything[name])
    total = weigh("ours", plain, everything) - everything["text_to_text"]
    torch.testing.assert_close(weigh("ours", network, losses), total)
    others = {name: loss for name, loss in losses.items() if name != "text_to_text"}
    expected = gradients(network, weigh("ours", network, others))
    for name, gradient in gradients(network, weigh("ours", network, losses)).items():
        torch.testing.assert_close(gradient, expected[name])
    network.progress = 0.0
    assert network(batch).keys() == losses.keys()  # nor are there first steps of it alone


def test_without_any_tie_either_data_set_still_trains(tiny_slots, batch):
    off = dict.fromkeys(("text_to_text", "spoken", "contrast", "words", "count"), 0.0)
    network = tiny_slots(weights=off, bottleneck={"adversary": False})
    one, other = PairBatch(batch.image_text, None), PairBatch(None, batch.text_speech)
    assert network(one).keys() == A_TERMS - PAIRS - ADVERSARY - WORDS
    assert network(other).keys() == {"text_b", "text_to_text"} | SPEECH_TERMS
    for each in (one, other):
        network.zero_grad()
        weigh("ours", network, network(each)).backward()
        spoke = [p.grad is not None for p in network.speech_decoder.parameters()]
        assert set(spoke) == {each is other}


def test_first_only_what_makes_texts_from_texts_learns(tiny_slots, batch):
    network = tiny_slots(additions={"text_first": 0.2})
    network.progress = 0.19
    losses = network(batch)
    assert losses.keys() == {"text_to_text"} | WORDS | COUNT
    parts = {"text_encoder", "text_decoder"} | BOTTLENECK
    assert reached(network, losses["text_to_text"]) == parts
    network.progress = 0.2
    assert "image" in network(batch)
    network = tiny_slots(additions={"text_first": 0.0})
    network.progress = 0.0
    assert "image" in network(batch)
