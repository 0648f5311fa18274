import pytest
import torch
import torch.nn.functional as F

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.symbols import END, PAD, to_symbols
from crossmodal.errors import ParameterError
from crossmodal.models.skipmodal.hypothesis_reader import HypothesisReader
from crossmodal.models.skipmodal.slot_alignment import Contrast, distance, nearest, pick
from crossmodal.models.skipmodal.slot_attention import SlotPool, SlotReader
from crossmodal.models.skipmodal.slot_decoders import SlotTextDecoder
from crossmodal.models.skipmodal.slot_encoders import SlotImageEncoder

SMALL = {
    "kind": "slots",
    "slots": 2,
    "mels": 5,
    "text_decoder": 7,
    "speech_decoder": 8,
    "frames_per_step": 3,
    "max_steps": 6,
    "max_symbols": 9,
}


def make_texts(*texts: str) -> list[Texts]:
    symbols = [to_symbols(text) for text in texts]
    return [Texts(torch.tensor([each]), torch.tensor([len(each)])) for each in symbols]


def settings(**changes):
    return SlotNetworkSettings.parse(SMALL | changes, "network")


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def pool_places(pool, places, lengths, words, counts):
    mask = (torch.arange(places.shape[1]) < torch.tensor(lengths)[:, None]).float()
    return pool(places, mask, words, counts)


def test_the_pool_is_attention_over_real_places_slot_by_slot():
    pool, places = SlotPool(4, slots=3, size=5), torch.randn(2, 6, 4)
    found = pool_places(pool, places, (6, 3), torch.zeros(2, 6), torch.ones(2))
    for item, count in enumerate((6, 3)):
        real = places[item, :count]
        for slot, query in enumerate(pool.queries):
            weights = (pool.key(real) @ query).softmax(0)
            torch.testing.assert_close(found[item, slot], weights @ pool.value(real))


def test_with_an_order_slots_read_around_their_words_and_the_last_takes_the_rest():
    pool, places = SlotPool(4, slots=3, size=5, order=2.0), torch.randn(2, 6, 4)
    words = torch.tensor([[0, 0.5, 1, 1.2, 2, 4], [0, 0, 1, 1, 9, 9]])
    found = pool_places(pool, places, (6, 4), words, torch.tensor([5, 2]))
    for item, count in enumerate((6, 4)):
        real = places[item, :count]
        for slot, query in enumerate(pool.queries):
            apart = words[item, :count].clamp(max=2) - slot
            weights = (pool.key(real) @ query - 2 * apart**2).softmax(0)
            expected = weights @ pool.value(real) * (item == 0 or slot < 2)
            torch.testing.assert_close(found[item, slot], expected)
    found.sum().backward()
    assert pool.order.grad != 0


def test_a_very_narrow_order_reads_one_word_and_nothing_else():
    pool, places = SlotPool(4, slots=3, size=5, order=40.0), torch.randn(1, 6, 4)
    words = torch.tensor([[0, 0, 1, 1, 1, 2]])
    found = pool_places(pool, places, (6,), words, torch.tensor([3]))
    other = places.clone()
    other[:, 2:5] = torch.randn(1, 3, 4)
    changed = pool_places(pool, other, (6,), words, torch.tensor([3]))
    torch.testing.assert_close(found[:, [0, 2]], changed[:, [0, 2]])
    assert not torch.allclose(found[:, 1], changed[:, 1])


def test_a_half_predicted_word_is_half_there():
    pool, places = SlotPool(4, slots=3, size=5, order=2.0), torch.randn(1, 6, 4)
    words, counts = torch.linspace(0, 1.4, 6)[None], torch.tensor([1.5])
    half, whole = (pool_places(pool, places, (6,), words, each) for each in (counts, counts + 0.5))
    torch.testing.assert_close(half[:, 0], whole[:, 0])
    torch.testing.assert_close(half[:, 1], whole[:, 1] / 2)
    assert (whole[:, 2] == 0).all()


def test_slots_of_a_text_hang_on_the_words_around_theirs(tiny_slots):
    network = tiny_slots(slots=6, additions={"order": 40.0}).eval()
    encode = network.text_encoder
    first, second = make_texts("red one or two", "red six or two")
    apart = (encode(first) - encode(second)).abs().sum(2)[0]
    assert apart[1] > 0
    assert (apart[4:] == 0).all()  # there is no such word


def test_speech_is_cut_into_as_many_words_as_it_is_told(tiny_slots, batch):
    encoder, speech = tiny_slots(slots=6).eval().speech_encoder, batch.text_speech.speech
    heard = encoder.listen(speech)
    assert heard.states.shape[:2] == heard.mask.shape == heard.pace.shape == (4, 4)  # 16 frames
    assert ((heard.pace > 0) == (heard.mask > 0)).all()
    counts = torch.tensor([1, 2, 3, 6])
    made = encoder.read(heard, counts)
    full = (made.abs().sum(2) > 0).sum(1)
    assert torch.equal(full, counts)
    predicted = encoder.read(heard, heard.pace.sum(1))
    torch.testing.assert_close(predicted, encoder(speech))


def test_the_reader_weighs_slots_and_tells_equal_ones_apart_by_their_place():
    reader, states = SlotReader(4, slots=3, size=5), torch.randn(2, 6, 4)
    fused = torch.randn(2, 3, 5)
    read, weights = reader(states, fused)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 6))
    torch.testing.assert_close(read, torch.einsum("bls,bsh->blh", weights, reader.value(fused)))
    alike = fused[:, :1].expand(-1, 3, -1)
    assert reader(states, alike)[1].std(2).min() > 1e-4


def test_every_hypothesis_asks_its_own_questions_of_all_places():
    reader, places = HypothesisReader(6, 7, hypotheses=3, slots=2, size=5), torch.randn(4, 9, 6)
    whole = torch.randn(4, 7)
    made, suit = reader(places, whole)
    assert made.shape == (3, 4, 2, 5) and suit.shape == (4, 3)
    order = torch.randperm(9)
    torch.testing.assert_close(reader(places[:, order], whole)[0], made)
    torch.testing.assert_close(reader(places[1:2], whole[1:2])[0], made[:, 1:2])
    (gradient,) = torch.autograd.grad(made[1].sum(), reader.queries, retain_graph=True)
    assert set(gradient.abs().sum((1, 2)).nonzero().flatten().tolist()) == {1}
    (gradient,) = torch.autograd.grad(made[0, 0, 0].sum(), reader.queries)
    assert (gradient[0].abs().sum(1) > 0).all()  # slots of a sentence know of each other


@pytest.mark.parametrize("count", [1, 4])
def test_nearest_is_what_brute_force_finds(count):
    fused, target = torch.randn(count, 7, 2, 3, requires_grad=True), torch.randn(7, 2, 3)
    chosen = nearest(fused, target)
    found = pick(fused, chosen)
    for item, own in enumerate(target):
        apart = [float((each[item] - own).detach().norm()) for each in fused]
        assert chosen[item] == apart.index(min(apart))
        assert torch.equal(found[item], fused[chosen[item], item])
    assert not chosen.requires_grad and found.requires_grad


def test_contrast_is_info_nce_in_both_directions():
    contrast, first, second = Contrast(), torch.randn(4, 2, 3), torch.randn(4, 2, 3)
    scale, total = contrast.log_scale.exp(), 0
    for rows, columns in ((first, second), (second, first)):
        for i, row in enumerate(rows):
            scores = torch.stack(
                [F.cosine_similarity(row.flatten(), each.flatten(), 0) for each in columns]
            )
            total = total - (scores * scale).log_softmax(0)[i] / len(rows)
    torch.testing.assert_close(contrast(first, second), total)


def test_contrast_and_distance_are_smallest_where_pairs_match():
    contrast, vectors = Contrast(), torch.randn(5, 2, 3)
    assert distance(vectors, vectors) == 0
    for shift in range(1, 5):
        others = vectors.roll(shift, 0)
        assert contrast(vectors, vectors) < contrast(vectors, others)
        assert distance(vectors, others) > 0
    torch.testing.assert_close(distance(vectors, vectors + 2), torch.tensor(4.0))


@pytest.mark.parametrize(
    ("decoder", "size"), [((6, 4), 32), ((6, 4, 4), 64), ((32, 16, 8, 8), 128)]
)
@pytest.mark.parametrize("channels", [(4, 6), (4, 5, 6), (4, 5, 6, 7, 8), (4,) * 6])
def test_the_image_encoder_fits_its_images(channels, decoder, size):
    config = settings(image_channels=channels, image_decoder={"channels": decoder})
    encoder = SlotImageEncoder(config, 5)
    images = torch.rand(2, 3, size, size)
    slots, suit = encoder(images)
    assert slots.shape == (6, 2, 2, 5) and suit.shape == (2, 6)
    side = encoder.look(images).shape[-1]
    assert side == size // 2 ** (len(channels) - 1) == config.places_side


@pytest.mark.parametrize("grid", [1, 3, 5])
def test_odd_grids_fit_too(grid):
    config = settings(
        image_channels=(4, 5, 6), image_decoder={"grid": grid, "channels": (4,), "depth": 4}
    )
    size = config.image_decoder.image_size
    assert size == 4 * grid
    assert SlotImageEncoder(config, 5)(torch.rand(2, 3, size, size))[0].shape == (6, 2, 2, 5)


def test_shapes_are_read_from_brightness_alone_if_so_wanted():
    images = torch.rand(2, 3, 32, 32)
    other = images[:, [2, 0, 1]]  # the same brightness in other colours
    for wanted in (True, False):
        config = settings(
            image_decoder={"channels": (6, 4)}, additions={"brightness": wanted, "hypotheses": 1}
        )
        encoder = SlotImageEncoder(config, 5).eval()
        seen, seen_other = encoder.look(images), encoder.look(other)
        assert seen.shape[1] == encoder.channels
        assert torch.equal(seen[:, :128], seen_other[:, :128]) is wanted
        assert not torch.equal(seen, seen_other)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"image_channels": [4] * 7}, "fewer image_channels; 7 leave nothing of 32 pixels"),
        ({"image_channels": [4]}, "network.image_channels = .*2 or more of them"),
        ({"speech_decoder": 7}, "allowed: an even speech_decoder; not 7"),
        ({"slots": 0}, "network.slots = 0; allowed: a whole number, at least 1, at most 64"),
        ({"bottleneck": {"size": 10}}, "a size that 4 heads divide; not 10"),
        ({"additions": {"noise": -1.0}}, "network.additions.noise = -1.0; .*at least 0"),
        ({"additions": {"hypotheses": 0}}, "network.additions.hypotheses = 0; .*1 is off"),
        ({"additions": {"order": -1.0}}, "network.additions.order = -1.0; .*0 is off"),
        ({"additions": {"text_first": 1.0}}, "network.additions.text_first = 1.0; .*less than 1"),
        ({"weights": {"contrast": -0.1}}, "network.weights.contrast = -0.1; .*at least 0"),
        ({"weights": {"contrsat": 1.0}}, "unknown key; allowed here: .*contrast"),
        ({"kind": "slot"}, "network.kind = 'slot'; allowed: one of slots"),
    ],
)
def test_settings_say_what_is_allowed(changes, said):
    with pytest.raises(ParameterError, match=said):
        settings(image_decoder={"channels": [6, 4]}, **changes)


def test_the_text_decoder_sees_earlier_characters_and_all_slots_only():
    decoder, fused = SlotTextDecoder(settings(), 4), torch.randn(1, 2, 4, requires_grad=True)
    symbols = torch.tensor([[5, 6, 7, 8]])
    found = decoder(fused, symbols)
    changed = decoder(fused, torch.tensor([[5, 6, 9, 8]]))
    for before, after in zip(found, changed, strict=True):  # logits, states
        assert torch.equal(before[:, :3], after[:, :3])
        assert not torch.equal(before[:, 3], after[:, 3])
        (gradient,) = torch.autograd.grad(before[:, 2].sum(), fused, retain_graph=True)
        assert (gradient.abs().sum(2) > 0).all()


def test_texts_are_written_as_greedy_teacher_forcing_would():
    decoder, fused = SlotTextDecoder(settings(), 4), torch.randn(6, 2, 4)
    with torch.no_grad():
        decoder.dense.weight *= 20
        decoder.dense.bias[END] += 2
    script = decoder.write(fused)
    written = script.symbols
    logits, states = decoder(fused, written)
    torch.testing.assert_close(script.states, states)
    logits[..., PAD] = -torch.inf
    torch.testing.assert_close(script.logits, logits)
    ended = (written == END).cumsum(1) - (written == END).long() > 0
    assert torch.equal(written, logits.argmax(2).masked_fill(ended, PAD))
    assert ended.any()
    assert (written[~ended] != PAD).all()
    assert torch.equal(script.lengths, (~ended).sum(1))
    assert decoder.write(fused, 2).symbols.shape == (6, 2)
    assert torch.equal(decoder.write(fused[:1]).symbols[0], written[0, : script.lengths[0]])


def test_a_script_is_each_state_beside_the_character_written_from_it():
    decoder, states = SlotTextDecoder(settings(), 4), torch.randn(2, 3, 7)
    symbols = torch.tensor([[5, 6, END], [7, END, PAD]])
    script = decoder.script(states, symbols)
    assert script.shape == (2, 3, decoder.script_size)
    for item, row in enumerate(symbols):
        for place, symbol in enumerate(row):
            expected = torch.cat([states[item, place], decoder.lookup.weight[symbol]])
            assert torch.equal(script[item, place], expected)


def padded(texts: Texts) -> Texts:
    return Texts(F.pad(texts.symbols, (0, 5)), texts.lengths)


def longer(speech: Speech) -> Speech:
    return Speech(F.pad(speech.mels, (0, 0, 0, 11)), speech.frames)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("slots", [1, 3])
def test_padding_changes_no_output_and_no_statistics(tiny_slots, batch, training, slots):
    pairs = batch.text_speech
    first, second = tiny_slots(slots=slots), tiny_slots(slots=slots)
    found = {}
    for network, change in ((first, False), (second, True)):
        network.train(training)
        inputs = {"text": pairs.texts, "speech": pairs.speech}
        if change:
            inputs = {"text": padded(pairs.texts), "speech": longer(pairs.speech)}
        found[change] = {
            name: (
                getattr(network, f"{name}_encoder")(each),
                network.encode(name, each).z,
                network.encode(name, each).u,
            )
            for name, each in inputs.items()
        }
    for name, expected in found[False].items():
        torch.testing.assert_close(found[True][name], expected, atol=1e-5, rtol=1e-4)
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value, atol=1e-5, rtol=1e-4)


def test_an_item_alone_is_encoded_as_among_longer_ones(tiny_slots, batch):
    network, pairs = tiny_slots().eval(), batch.text_speech
    texts, speech = network.encode("text", pairs.texts).u, network.encode("speech", pairs.speech).u
    for item, (length, frames) in enumerate(
        zip(pairs.texts.lengths, pairs.speech.frames, strict=True)
    ):
        one = Texts(pairs.texts.symbols[item : item + 1, :length], length[None])
        torch.testing.assert_close(network.encode("text", one).u[0], texts[item])
        one = Speech(pairs.speech.mels[item : item + 1, :frames], frames[None])
        torch.testing.assert_close(network.encode("speech", one).u[0], speech[item])
