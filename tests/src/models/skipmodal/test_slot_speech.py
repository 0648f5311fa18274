import pytest
import torch
import torch.nn.functional as F

from crossmodal.data.skipmodal.batches import Speech
from crossmodal.models.skipmodal.slot_speech import NARROWEST, SlotSpeechDecoder

SIZES = (8, 5, 3)  # units, mel bands, frames of a step
LENGTHS, WANTED = torch.tensor([6, 2, 4]), torch.tensor([5, 7, 3])


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def make(max_steps=40):
    """A decoder whose characters last differently, some much longer than others."""
    torch.manual_seed(1)
    decoder = SlotSpeechDecoder(4, *SIZES, max_steps)
    with torch.no_grad():
        decoder.duration[-1].weight *= 20
        decoder.duration[-1].bias.fill_(3)
    return decoder


def scripts():
    """What stands at padding is as large as the rest."""
    return torch.randn(3, 6, 4)


def more_padding(script):
    changed = torch.cat([script, torch.randn(3, 5, 4) * 9], 1)
    for row, length in zip(changed, LENGTHS, strict=True):
        row[length:] = torch.randn_like(row[length:]) * 9
    return changed


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("wanted", [WANTED, None])
def test_padding_of_the_script_changes_no_speech_and_no_statistics(training, wanted):
    first, second, script = make().train(training), make().train(training), scripts()
    spoken, predicted = first(script, LENGTHS, wanted)
    other, again = second(more_padding(script), LENGTHS, wanted)
    torch.testing.assert_close(again, predicted)
    assert torch.equal(other.frames, spoken.frames)
    for expected, found, frames in zip(spoken.mels, other.mels, spoken.frames, strict=True):
        torch.testing.assert_close(found[:frames], expected[:frames], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(other.alignments[..., :6], spoken.alignments)
    assert (other.alignments[..., 6:] == 0).all()
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("wanted", [WANTED, None])
def test_an_item_alone_is_spoken_as_among_others(wanted):
    decoder, script = make().eval(), scripts()
    together, lengths = decoder(script, LENGTHS, wanted)
    for item, length in enumerate(LENGTHS):
        steps = None if wanted is None else wanted[item : item + 1]
        alone, predicted = decoder(script[item : item + 1, :length], length[None], steps)
        frames = int(alone.frames)
        assert frames == together.frames[item] == alone.mels.shape[1]
        torch.testing.assert_close(alone.mels[0], together.mels[item, :frames])
        torch.testing.assert_close(predicted[0], lengths[item])


def test_each_step_reads_real_characters_that_add_up_to_1_and_never_goes_back():
    weights = make()(scripts(), LENGTHS, WANTED * 4)[0].alignments
    torch.testing.assert_close(weights.sum(2), torch.ones(3, 28))
    assert (weights[1, :, 2:] == 0).all()
    middles = weights.detach() @ torch.arange(6.0)
    assert (middles.diff(dim=1) >= -1e-5).all()
    for item, last in enumerate(LENGTHS - 1):
        assert middles[item, 0] < 0.5 * last < middles[item, WANTED[item] * 4 - 1], item


def test_places_are_gaussians_around_the_middles_of_the_durations():
    decoder, durations = make(), torch.tensor([[1.0, 4.0, 0.5, 2.0]])
    found = decoder.align(durations, torch.tensor([[1.0, 1, 1, 0]]), 6)[0]
    width = NARROWEST + float(F.softplus(decoder.log_width.detach()))
    for step in range(6):
        apart = torch.tensor([step + 0.5 - middle for middle in (0.5, 3.0, 5.25)])
        expected = torch.exp(-0.5 * (apart / width) ** 2)
        torch.testing.assert_close(found[step, :3], expected / expected.sum())
    assert (found[:, 3] == 0).all()


def test_in_training_speech_is_as_long_as_the_recording_whatever_is_predicted():
    decoder, script = make(max_steps=2), scripts()
    steps = decoder.count_steps(torch.tensor([13, 21, 9]))
    assert torch.equal(steps, WANTED)
    spoken, predicted = decoder(script, LENGTHS, steps)
    assert torch.equal(spoken.frames, WANTED * 3)
    assert spoken.mels.shape == (3, 21, 5)
    assert torch.equal(spoken.stops.argmax(1), WANTED - 1)
    assert not torch.equal(predicted.round(), WANTED)


def test_generated_speech_is_as_long_as_predicted_then_silent():
    decoder, script = make().eval(), scripts()
    spoken, (_, predicted) = decoder.generate(script, LENGTHS), decoder(script, LENGTHS)
    steps = predicted.round().long()
    assert len(set(steps.tolist())) == 3
    assert torch.equal(spoken.frames, steps * 3)
    assert spoken.mels.shape == (3, int(steps.max()) * 3, 5)
    trained, _ = decoder(script, LENGTHS, steps)
    for found, expected, frames in zip(spoken.mels, trained.mels, spoken.frames, strict=True):
        assert torch.equal(found[:frames], expected[:frames].clamp(0, 1))
        assert (found[frames:] == 0).all()
    assert not spoken.mels.requires_grad


@pytest.mark.parametrize(
    ("bias", "steps"),
    [(90.0, [4, 4, 4]), (-60.0, [1, 1, 1]), (-0.0882, [4, 1, 3])],  # the last: 0.65 a character
)
def test_generated_steps_are_rounded_and_between_one_and_the_most(bias, steps):
    decoder = make(max_steps=4).eval()
    with torch.no_grad():
        decoder.duration[-1].weight.zero_()
        decoder.duration[-1].bias.fill_(bias)
    spoken = decoder.generate(scripts(), LENGTHS)
    assert spoken.frames.tolist() == [each * 3 for each in steps]
    assert spoken.mels.shape[1] == max(steps) * 3
    assert torch.isfinite(spoken.mels).all()
    torch.testing.assert_close(spoken.alignments.sum(2), torch.ones(3, max(steps)))


@pytest.mark.parametrize("padding", [0, 8])
def test_speech_losses_are_those_written_by_hand(padding):
    decoder, frames = make(), torch.tensor([13, 21, 8])
    mels = torch.rand(3, 21 + padding, 5)
    mels *= (torch.arange(21 + padding) < frames[:, None]).unsqueeze(2)
    speech = Speech(mels, frames)
    spoken, predicted = decoder(scripts(), LENGTHS, decoder.count_steps(frames))
    mel, length = decoder.losses(spoken, predicted, speech)
    heard = (15, 21, 9)  # whole steps: silence to the end of the last
    errors = [(spoken.mels[i] - mels[i, :21]).abs()[:n].flatten() for i, n in enumerate(heard)]
    torch.testing.assert_close(mel, torch.cat(errors).mean())
    shares = [abs(p - n / 3) / (n / 3) for p, n in zip(predicted.tolist(), heard, strict=True)]
    torch.testing.assert_close(length.item(), sum(shares) / 3, atol=1e-5, rtol=1e-5)


def test_the_length_loss_is_0_where_the_prediction_is_right_and_else_a_share():
    decoder, speech = make(), Speech(torch.rand(3, 21, 5), WANTED * 3)
    spoken, _ = decoder(scripts(), LENGTHS, WANTED)
    for share, loss in ((1.0, 0.0), (1.5, 0.5), (0.75, 0.25)):
        found = decoder.losses(spoken, WANTED * share, speech)[1]
        torch.testing.assert_close(found, torch.tensor(loss))


def test_the_mel_loss_moves_durations_and_the_length_loss_only_them():
    decoder, speech = make(), Speech(torch.rand(3, 21, 5), WANTED * 3)
    script = scripts().requires_grad_()
    mel, length = decoder.losses(*decoder(script, LENGTHS, WANTED), speech)
    names, values = zip(*decoder.named_parameters(), strict=True)
    for loss, expected in ((mel, set(decoder._modules) | {"log_width"}), (length, {"duration"})):
        found = torch.autograd.grad(loss, (script, *values), retain_graph=True, allow_unused=True)
        assert (found[0].abs().sum(2) > 0).tolist() == [
            [place < n for place in range(6)] for n in LENGTHS
        ]
        moved = {
            name.split(".")[0]
            for name, gradient in zip(names, found[1:], strict=True)
            if gradient is not None and gradient.abs().sum() > 0
        }
        assert moved - {"context"} == expected - {"context"}
