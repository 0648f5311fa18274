"""The CycleGAN objective: who is trained by what, what is ignored, resuming to the bit."""

import pytest
import torch
from torch import nn

from crossmodal.config.skipmodal.training import TrainCycleGan
from crossmodal.data.skipmodal.batches import Speech
from crossmodal.errors import UserError
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.loop import TrainingSetup
from crossmodal.train.skipmodal.cyclegan import COLUMNS, CycleGan, Generators, prepare_cyclegan
from tests.src.train.toys import SETTINGS, ToyData, assert_equal, finish, settings

GAN_SETTINGS = SETTINGS | {"cycle_weight": 10.0, "discriminator_channels": 4}
SIDE = 16


class ImageEncoder(nn.Linear):
    """Flatten and project."""

    def forward(self, images):
        return super().forward(images.flatten(1))


class SpeechDecoder(nn.Linear):
    """The same frame over and over."""

    def forward(self, codes, frames):
        return super().forward(codes)[:, None].expand(-1, int(frames.max()), -1)


class SpeechEncoder(nn.Linear):
    """The mean frame, projected."""

    def forward(self, speech):
        return super().forward(speech.mels.sum(1) / speech.frames[:, None])


class ImageDecoder(nn.Linear):
    """Project and fold."""

    def forward(self, codes):
        return super().forward(codes).unflatten(1, (3, SIDE, SIDE)).sigmoid()


def make_generators():
    torch.manual_seed(3)
    pixels = 3 * SIDE * SIDE
    return Generators(
        ImageEncoder(pixels, 5), SpeechDecoder(5, 80), SpeechEncoder(80, 5), ImageDecoder(5, pixels)
    )


class LargerData(ToyData):
    """Toy pairs with pictures that the discriminator can score: one colour each."""

    def __init__(self):
        super().__init__()
        self.images = self.images[:, :, :1, :1].repeat(SIDE, axis=2).repeat(SIDE, axis=3)


def make_loop(path, runtime, data=None, **changes):
    config = settings(TrainCycleGan, GAN_SETTINGS, **changes)
    data = data or LargerData()
    sampler = data.sampler(config)
    setup = TrainingSetup(runtime, 3, Checkpoint(path))
    return prepare_cyclegan(make_generators(), sampler, data, config, setup)


@pytest.fixture
def samples():
    torch.manual_seed(1)
    frames = torch.tensor([9, 4, 6])
    mels = torch.rand(3, 9, 80) * (torch.arange(9) < frames[:, None])[..., None]
    return torch.rand(3, 3, SIDE, SIDE), Speech(mels, frames)


@pytest.fixture
def gan():
    torch.manual_seed(2)
    return CycleGan(make_generators(), 4)


def with_gradients(network):
    return {
        name
        for name, p in network.named_parameters()
        if p.grad is not None and p.grad.abs().sum() > 0
    }


@pytest.mark.parametrize("stop", [1, 4, 7])
def test_resumed_equals_uninterrupted(tmp_path, runtime, stop):
    whole = finish(make_loop(tmp_path / "whole.pt", runtime))
    for progress in make_loop(tmp_path / "killed.pt", runtime).run():
        if progress.steps == stop:
            break
    assert_equal(finish(make_loop(tmp_path / "killed.pt", runtime)), whole)
    assert all(list(row) == ["step", *COLUMNS] for row in whole.progress.rows)
    assert all(None not in row.values() for row in whole.progress.rows)


def test_each_update_trains_its_own_networks(tmp_path, runtime):
    loop = make_loop(tmp_path / "a.pt", runtime, warmup_steps=0)
    task = loop.task
    before = {name: p.clone() for name, p in task.network.named_parameters()}
    steps = []
    for updater in task.updaters:
        update = updater.step

        def step(number, norm, update=update):
            update(number, norm)
            after = task.network.named_parameters()
            steps.append({name for name, p in after if not torch.equal(p, before[name])})

        updater.step = step
    next(iter(loop.run()))
    generators = {name for name in before if name.startswith("generators")}
    assert steps[0] == generators
    assert steps[1] - steps[0] == before.keys() - generators


def test_generators_and_discriminators_pull_in_opposite_directions(gan, samples):
    terms, spoken, drawn = gan.fool(*samples)
    (terms["adversarial_image"] + terms["adversarial_speech"]).backward()
    fooling = {n: p.grad.clone() for n, p in gan.discriminators.named_parameters()}
    gan.zero_grad()
    images, speech = samples
    judged = gan.tell_apart(images, drawn, speech, spoken)
    sum(judged.values()).backward()
    assert not with_gradients(gan.generators)
    trained = with_gradients(gan.discriminators)
    assert {"image.layers.0.weight", "speech.first.weight", "speech.last.bias"} <= trained
    assert any(
        not torch.equal(p.grad, fooling[n]) for n, p in gan.discriminators.named_parameters()
    )


def test_least_squares_worked_out_by_hand(gan, samples):
    for discriminator in gan.discriminators.values():
        for parameter in discriminator.parameters():
            parameter.data.zero_()
    gan.discriminators["image"].layers[-1].bias.data.fill_(0.25)
    gan.discriminators["speech"].last.bias.data.fill_(0.5)
    images, speech = samples
    terms, spoken, drawn = gan.fool(images, speech)
    assert terms["adversarial_image"].item() == pytest.approx(0.75**2)
    assert terms["adversarial_speech"].item() == pytest.approx(0.25)
    judged = gan.tell_apart(images, drawn, speech, spoken)
    assert judged["discriminator_image"].item() == pytest.approx((0.75**2 + 0.25**2) / 2)
    assert judged["discriminator_speech"].item() == pytest.approx(0.25)
    again = gan.generators.draw(spoken)
    assert terms["cycle_image"].item() == pytest.approx((again - images).abs().mean().item())


def test_generated_speech_is_silent_behind_its_end(gan, samples):
    spoken = gan.generators.speak(samples[0], samples[1].frames)
    for mels, frames in zip(spoken.mels, spoken.frames, strict=True):
        assert mels[:frames].all() and not mels[frames:].any()


def test_nothing_pairs_images_with_speech(gan, samples):
    images, speech = samples
    order = torch.tensor([2, 0, 1])
    # Lengths alike, so that only the pairing differs.
    speech = Speech(speech.mels, torch.full((3,), 9))
    terms, *_ = gan.fool(images, speech)
    other, *_ = gan.fool(images[order], speech)
    for name in terms:
        assert torch.allclose(terms[name], other[name], atol=1e-6), name


def test_losses_that_are_not_finite_are_named(tmp_path, runtime):
    data = LargerData()
    data.images[:] = float("nan")
    with pytest.raises(UserError, match=r"in step 1: the loss .*cycle_image = nan"):
        finish(make_loop(tmp_path / "a.pt", runtime, data))
    assert not (tmp_path / "a.pt").exists()


def test_the_cycle_closes_and_the_discriminators_learn(tmp_path, runtime):
    changes = {"steps": 40, "log_steps": 10, "checkpoint_steps": 40, "learning_rate": 2e-3}
    first, *_, last = finish(make_loop(tmp_path / "a.pt", runtime, **changes)).progress.rows
    assert last["cycle_speech"] < 0.9 * first["cycle_speech"]
    for name in ("discriminator_image", "discriminator_speech"):
        assert last[name] < 0.5 * first[name]
