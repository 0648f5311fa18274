import pytest
import torch
import torch.nn.functional as F

from crossmodal.config.skipmodal.network import (
    ImageEncoder,
    SkipModalNetworkSettings,
    SpeechEncoder,
    TextEncoder,
)
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.models.skipmodal.encoders import ImageEncoderNet, SpeechEncoderNet, TextEncoderNet

TEXT = TextEncoder.parse(
    {
        "lookup": 8,
        "prenet": [9, 7],
        "cbhg": {"bank": 3, "channels": 5, "projection": 6, "highway": 8, "gru": 4},
    },
    "text_encoder",
)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_image_encoder_is_the_appendix_table():
    network = ImageEncoderNet(ImageEncoder(), 512)
    pairs = [(3, 64), (64, 128), (128, 256), (256, 512)]
    assert count(network) == sum(16 * a * b + 2 * b for a, b in pairs)
    images = torch.rand(2, 3, 128, 128)
    maps = network.eval().layers(images)
    assert maps.shape == (2, 512, 8, 8)
    torch.testing.assert_close(network(images), F.adaptive_max_pool2d(maps, 1).flatten(1))


def test_text_encoder_is_the_appendix_table():
    network = TextEncoderNet(TextEncoder(), 512)
    assert network.lookup.weight.shape == (66, 128)
    shapes = [layer.weight.shape for layer in network.prenet if hasattr(layer, "weight")]
    assert shapes == [(256, 128), (128, 256)]
    assert [layer.p for layer in network.prenet if isinstance(layer, torch.nn.Dropout)] == [0.5] * 2
    bank = sum(width * 128 * 128 for width in range(1, 17)) + 2 * 2048
    projections = 3 * 2048 * 128 + 3 * 128 * 128 + 4 * 128
    highways, gru = 4 * 2 * (128 * 128 + 128), 2 * 3 * (2 * 128 * 128 + 2 * 128)
    assert count(network.cbhg) == bank + projections + highways + gru
    assert network.dense.weight.shape == (512, 256)


def test_speech_encoder_is_the_appendix_table():
    network = SpeechEncoderNet(SpeechEncoder(), 512, 80)
    convolutions = 9 * 32 + 2 * 32 + 9 * 32 * 64 + 2 * 64
    gru = 3 * 256 * (64 * 20 + 256 + 2)
    assert count(network) == convolutions + gru + 257 * 512
    assert network(Speech(torch.rand(2, 9, 80), torch.tensor([9, 4]))).shape == (2, 512)


@pytest.mark.parametrize("training", [True, False])
def test_padding_does_not_change_a_text(training):
    network = TextEncoderNet(TEXT.model_copy(update={"dropout": 0.0}), 6).train(training)
    symbols, lengths = torch.randint(2, 66, (3, 7)), torch.tensor([4, 7, 2])
    expected = network(Texts(symbols, lengths))
    longer = F.pad(symbols, (0, 5), value=33)
    longer[0, 4:] = 44
    torch.testing.assert_close(network(Texts(longer, lengths)), expected, atol=1e-5, rtol=1e-4)
    alone = network.eval()(Texts(symbols[:1, :4], lengths[:1]))
    torch.testing.assert_close(network(Texts(longer, lengths))[:1], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("training", [True, False])
def test_padding_does_not_change_a_clip(training):
    network = SpeechEncoderNet(SpeechEncoder(channels=(3, 4), gru=5), 6, 8).train(training)
    mels, frames = torch.rand(3, 13, 8), torch.tensor([13, 6, 1])
    expected = network(Speech(mels, frames))
    longer = torch.cat([mels, torch.rand(3, 6, 8)], 1)
    longer[1, 6:] = 9
    torch.testing.assert_close(network(Speech(longer, frames)), expected, atol=1e-5, rtol=1e-4)
    alone = network.eval()(Speech(mels[1:2, :6], frames[1:2]))
    torch.testing.assert_close(network(Speech(longer, frames))[1:2], alone, atol=1e-5, rtol=1e-4)


def test_the_last_real_frame_and_character_count():
    speech = SpeechEncoderNet(SpeechEncoder(channels=(3, 4), gru=5), 6, 8).eval()
    mels, frames = torch.rand(1, 9, 8, requires_grad=True), torch.tensor([9])
    speech(Speech(mels, frames)).sum().backward()
    assert (mels.grad.abs().sum(2) > 0).all()
    text, symbols = TextEncoderNet(TEXT, 6).eval(), torch.randint(2, 66, (1, 5))
    changed = symbols.clone()
    changed[0, -1] = 1
    both = [text(Texts(each, torch.tensor([5]))) for each in (symbols, changed)]
    assert not torch.allclose(*both)


def test_laptop_keeps_the_layers_and_narrows_them():
    laptop, paper = (
        SkipModalNetworkSettings.parse({"preset": "laptop"}, "network"),
        SkipModalNetworkSettings(),
    )
    small = TextEncoderNet(laptop.text_encoder, laptop.embedding)
    assert count(small) < count(TextEncoderNet(paper.text_encoder, paper.embedding)) / 4
    assert small(Texts(torch.ones(2, 3, dtype=torch.long), torch.tensor([3, 2]))).shape[1] == 256
