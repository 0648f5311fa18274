import pytest
import torch
import torch.nn.functional as F

from crossmodal.config.skipmodal.slots import SlotWeights
from crossmodal.data.skipmodal.batches import ImageTextBatch, PairBatch, Speech, TextSpeechBatch
from crossmodal.data.skipmodal.symbols import END, PAD
from crossmodal.errors import DataError
from crossmodal.models.skipmodal.slot_alignment import distance
from crossmodal.models.skipmodal.slot_network import SLOT_WEIGHT_OF, batch_texts, count_words
from tests.src.models.skipmodal.conftest import (
    A_TERMS,
    ADVERSARY,
    B_TERMS,
    COUNT,
    PAIRS,
    WORDS,
    find_unspoken,
    find_unwritten,
    learn,
    train,
    weigh,
)

BOTTLENECK = {"transformer", "memory"}
SPEECH = {"text_encoder", "text_decoder", "speech_decoder"} | BOTTLENECK
REACHED = {
    "image": {"text_encoder", "image_decoder"} | BOTTLENECK,
    "text_a": {"image_encoder", "text_decoder"} | BOTTLENECK,
    "text_b": {"speech_encoder", "text_decoder"} | BOTTLENECK,
    "text_to_text": {"text_encoder", "text_decoder"} | BOTTLENECK,
    "mel": SPEECH,
    "stop": SPEECH,
    "distance": {"image_encoder", "text_encoder", "speech_encoder"} | BOTTLENECK,
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
    for name in ("image", "text_a", "text_to_text", "stop", "words_seen"):
        assert torch.equal(both[name], otherwise[name]), name
    for name in ("text_b", "mel", "distance", "contrast", "words_heard"):
        assert not torch.equal(both[name], otherwise[name]), name
    shown = batch.image_text
    pairs = ImageTextBatch(1 - shown.images, shown.texts)
    otherwise = network(PairBatch(pairs, batch.text_speech))
    for name in ("text_b", "text_to_text", "mel", "stop", "words_heard"):
        assert torch.equal(both[name], otherwise[name]), name
    for name in ("text_a", "distance", "contrast", "words_seen"):
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
    expected = distance(image, caption) + distance(spoken, text)
    torch.testing.assert_close(losses["distance"], expected)
    expected = network.contrast(image, caption) + network.contrast(spoken, text)
    torch.testing.assert_close(losses["contrast"], expected)


def test_speech_is_learnt_from_the_states_that_write_its_own_text(tiny_slots, batch):
    network, pairs = tiny_slots().eval(), batch.text_speech
    _, states = network.text_decoder(network.encode("text", pairs.texts).u, pairs.texts.symbols)
    script = network.text_decoder.script(states, pairs.texts.symbols)
    decoder = network.speech_decoder
    steps = torch.tensor([5, 3, 6, 3])  # of 13, 7, 16 and 9 frames, three a step
    mel, stop = decoder.losses(*decoder(script, pairs.texts.lengths, steps), pairs.speech)
    losses = network(batch)
    torch.testing.assert_close(losses["mel"], mel)
    torch.testing.assert_close(losses["stop"], stop)


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
    expected = set(terms or A_TERMS | B_TERMS)
    assert losses.keys() == (expected - ADVERSARY if "adversary" in bottleneck else expected)
    weigh("ours", network, losses).backward()
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(torch.isfinite(g).all() for g in grads)


@pytest.mark.parametrize("weight", ["distance", "contrast", "words", "count"])
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
    off = {"text_to_text": 0.0, "distance": 0.0, "contrast": 0.0, "words": 0.0, "count": 0.0}
    network = tiny_slots(weights=off, bottleneck={"adversary": False})
    one, other = PairBatch(batch.image_text, None), PairBatch(None, batch.text_speech)
    assert network(one).keys() == {"text_a", "image", "hypothesis"}
    assert network(other).keys() == {"text_b", "mel", "stop", "text_to_text"}
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


def test_without_the_script_u_is_spoken_and_all_else_stays(tiny_slots, batch):
    whole, network = tiny_slots(), tiny_slots(additions={"script": False})
    for each in (whole, network):
        each.transformer.eval()  # its batch statistics join the modalities
    expected, losses = whole(batch), network(batch)
    assert losses.keys() == expected.keys()
    for name, loss in losses.items():
        assert torch.equal(loss, expected[name]) == (name not in ("mel", "stop")), name
    for name in ("mel", "stop"):
        assert reached(network, losses[name]) == SPEECH - {"text_decoder"}, name
    fused = network.eval().encode("text", batch.text_speech.texts).u
    spoken = network.generate_mel(fused)
    slots = network.speech_decoder.generate(fused, torch.full((4,), 3))
    assert torch.equal(spoken.mels, slots.mels)
    assert spoken.alignments.shape[2] == 3


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
