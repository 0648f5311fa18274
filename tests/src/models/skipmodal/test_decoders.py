import pytest
import torch
import torch.nn.functional as F

from crossmodal.config.skipmodal.network import ImageDecoder, SpeechDecoder, TextDecoder
from crossmodal.data.skipmodal.batches import Speech
from crossmodal.data.skipmodal.symbols import END, PAD
from crossmodal.models.skipmodal.decoders import ImageDecoderNet, TextDecoderNet, text_loss
from crossmodal.models.skipmodal.speech_decoder import SpeechDecoderNet


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.fixture
def text_decoder():
    torch.manual_seed(1)
    return TextDecoderNet(TextDecoder(lookup=8, lstm=16, max_symbols=9), 6).eval()


@pytest.fixture
def speech_decoder():
    torch.manual_seed(1)
    sizes = {"prenet": [8, 7], "attention_gru": 9, "attention": 6, "lstm": 10}
    sizes |= {"frames_per_step": 3, "max_steps": 6}
    return SpeechDecoderNet(SpeechDecoder.parse(sizes, "decoder"), 8, 2, 5).eval()


def test_image_decoder_is_the_appendix_table_with_a_fifth_convolution():
    network = ImageDecoderNet(ImageDecoder(), 256)
    pairs = [(64, 32), (32, 16), (16, 8), (8, 8)]
    expected = 257 * 1024 + sum(16 * a * b + 2 * b for a, b in pairs) + 16 * 8 * 3 + 3
    assert count(network) == expected
    images = network(torch.randn(2, 256) * 100)
    assert images.shape == (2, 3, 128, 128)
    assert images.min() >= 0
    assert images.max() <= 1


@pytest.mark.parametrize("channels", [(4,), (6, 5, 4)])
def test_every_convolution_doubles_the_side(channels):
    sizes = ImageDecoder(grid=3, depth=5, channels=channels)
    images = ImageDecoderNet(sizes, 7)(torch.randn(2, 7))
    assert images.shape[2:] == (sizes.image_size,) * 2 == (3 * 2 ** (len(channels) + 1),) * 2


def test_text_decoder_is_the_appendix_table():
    network = TextDecoderNet(TextDecoder(), 256)
    lstm = 2 * 4 * 128 * (128 + 128 + 2)
    assert count(network) == 66 * 128 + 257 * 4 * 128 + lstm + 129 * 66
    assert network.lstm.dropout == network.dropout.p == 0.3


def test_logits_depend_on_earlier_characters_only(text_decoder):
    fused, symbols = torch.randn(2, 6), torch.randint(2, 66, (2, 5))
    logits = text_decoder(fused, symbols)
    changed = symbols.clone()
    changed[:, 3] = 1
    other = text_decoder(fused, changed)
    assert torch.equal(logits[:, :4], other[:, :4])
    assert not torch.allclose(logits[:, 4], other[:, 4])
    assert not torch.allclose(logits, text_decoder(torch.randn(2, 6), symbols))


def test_text_loss_is_the_mean_over_real_characters():
    logits, symbols = torch.randn(2, 4, 66), torch.tensor([[5, 6, 7, END], [8, END, PAD, PAD]])
    rows = torch.cat([logits[0], logits[1, :2]]).log_softmax(1)
    targets = torch.tensor([5, 6, 7, END, 8, END])
    expected = -rows[torch.arange(6), targets].mean()
    torch.testing.assert_close(text_loss(logits, symbols), expected)
    longer = text_loss(F.pad(logits, (0, 0, 0, 3), value=2.0), F.pad(symbols, (0, 3)))
    torch.testing.assert_close(longer, expected)


def test_free_running_text_is_what_teacher_forcing_finds_most_likely(text_decoder):
    fused = torch.randn(3, 6) * 3
    symbols = text_decoder.generate(fused)
    logits = text_decoder(fused, symbols)
    logits[..., PAD] = -torch.inf
    real = symbols != PAD
    assert torch.equal(logits.argmax(2)[real], symbols[real])


def test_free_running_text_ends_with_the_end_symbol_or_at_the_limit(text_decoder):
    fused = torch.randn(4, 6)
    with torch.no_grad():
        text_decoder.dense.bias[PAD] = 100  # is never written all the same
    assert text_decoder.generate(fused).shape == (4, 9)
    assert (text_decoder.generate(fused, 3) != PAD).all()
    with torch.no_grad():
        text_decoder.dense.bias[END] = 50
    assert text_decoder.generate(fused).tolist() == [[END]] * 4


def test_an_ended_text_is_padded_while_others_go_on(text_decoder):
    steps = iter([[END, 5], [7, 6], [9, END]])
    text_decoder.dense.forward = lambda hidden: (
        F.one_hot(torch.tensor(next(steps)), 66)[:, None] * 1.0
    )
    assert text_decoder.generate(torch.randn(2, 6)).tolist() == [[END, PAD, PAD], [5, 6, END]]


def test_speech_decoder_is_the_appendix_table():
    network = SpeechDecoderNet(SpeechDecoder(), 256, 4, 80)
    prenet, gru = 81 * 256 + 257 * 128, 3 * 256 * (128 + 256 + 2)
    lstm = 4 * 256 * (256 + 64 + 256 + 2) + 4 * 256 * (256 + 256 + 2)
    starts = 257 * 256 * (1 + 4)
    attention = 256 * 256 + 65 * 256 + 256
    assert count(network) == prenet + gru + lstm + starts + attention + 257 * (5 * 80 + 1)
    spoken = network(torch.rand(2, 256), Speech(torch.rand(2, 12, 80), torch.tensor([12, 9])))
    assert spoken.mels.shape == (2, 15, 80)
    assert spoken.alignments.shape == (2, 3, 4)
    torch.testing.assert_close(spoken.alignments.sum(2), torch.ones(2, 3))


def test_a_step_sees_earlier_steps_only(speech_decoder):
    fused, mels, frames = torch.randn(2, 8), torch.rand(2, 12, 5), torch.tensor([12, 7])
    first = speech_decoder(fused, Speech(mels, frames))
    changed = mels.clone()
    changed[:, 6:] = 0
    second = speech_decoder(fused, Speech(changed, frames))
    assert torch.equal(first.mels[:, :9], second.mels[:, :9])
    assert not torch.allclose(first.mels[:, 9:], second.mels[:, 9:])


def test_speech_losses_leave_steps_of_padding_out(speech_decoder):
    fused, frames = torch.randn(2, 8), torch.tensor([11, 4])
    mels = torch.rand(2, 11, 5) * (torch.arange(11) < frames[:, None])[..., None]
    short, long = Speech(mels, frames), Speech(F.pad(mels, (0, 0, 0, 5)), frames)
    losses = speech_decoder.losses(speech_decoder(fused, short), short)
    torch.testing.assert_close(speech_decoder.losses(speech_decoder(fused, long), long), losses)
    spoken = speech_decoder(fused, short)
    full = F.pad(mels, (0, 0, 0, 1))
    errors = [(spoken.mels[0] - full[0]).abs(), (spoken.mels[1, :6] - full[1, :6]).abs()]
    torch.testing.assert_close(losses[0], torch.cat(errors).mean())
    ends = torch.tensor([0, 0, 0, 1.0, 0, 1])
    logits = torch.cat([spoken.stops[0], spoken.stops[1, :2]])
    torch.testing.assert_close(losses[1], F.binary_cross_entropy_with_logits(logits, ends))


def test_free_running_speech_feeds_on_its_own_frames(speech_decoder):
    fused = torch.randn(3, 8)
    with torch.no_grad():
        speech_decoder.dense.bias[0] = -9  # never stops by itself
        speech_decoder.dense.bias[1:] = 0.5
    spoken = speech_decoder.generate(fused)
    assert spoken.mels.shape == (3, 18, 5)
    assert spoken.frames.tolist() == [18] * 3
    forced = speech_decoder(fused, Speech(spoken.mels, spoken.frames))
    torch.testing.assert_close(forced.mels.clamp(0, 1), spoken.mels)
    torch.testing.assert_close(forced.stops.sigmoid(), spoken.stops)
    torch.testing.assert_close(forced.alignments, spoken.alignments)
    assert speech_decoder.generate(fused, 2).frames.tolist() == [6] * 3


def test_speech_stops_for_each_item_by_itself_and_is_silent_afterwards(speech_decoder):
    steps = iter([[9.0, -9.0], [-9.0, -9.0], [-9.0, 9.0]])

    def dense(hidden):
        outputs = torch.full((2, 1, 16), 0.7)
        outputs[:, 0, 0] = torch.tensor(next(steps))
        return outputs

    speech_decoder.dense.forward = dense
    spoken = speech_decoder.generate(torch.randn(2, 8))
    assert spoken.frames.tolist() == [3, 9]
    assert spoken.mels.shape == (2, 9, 5)
    assert spoken.mels[0, 3:].abs().sum() == 0
    torch.testing.assert_close(spoken.mels[1], torch.full((9, 5), 0.7))
    assert spoken.stops.shape == (2, 3)
