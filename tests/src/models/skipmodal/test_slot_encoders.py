"""What images, texts and speech become, whatever else is in the batch."""

import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.symbols import to_symbols
from crossmodal.models.skipmodal.hypothesis_reader import HypothesisReader
from crossmodal.models.skipmodal.slot_encoders import SlotImageEncoder
from tests.src.models.skipmodal.small_slots import settings

pytestmark = pytest.mark.usefixtures("seeded")


def make_texts(*texts: str) -> list[Texts]:
    symbols = [to_symbols(text) for text in texts]
    return [Texts(torch.tensor([each]), torch.tensor([len(each)])) for each in symbols]


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
