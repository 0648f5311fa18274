"""Padding does not matter to what is computed on utterances; scores cover their patches."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.models.skipmodal.discriminators import ImageDiscriminator, SpeechDiscriminator
from crossmodal.models.skipmodal.masking import masked_l1, valid_frames


@given(st.lists(st.integers(1, 17), min_size=1, max_size=4), st.integers(0, 9))
def test_scores_of_speech_do_not_depend_on_what_is_behind_it(lengths, padding):
    torch.manual_seed(0)
    discriminator = SpeechDiscriminator(3, mels=5)
    frames = torch.tensor(lengths)
    mels = torch.rand(len(lengths), max(lengths) + padding, 5)
    scores, inside = discriminator(mels, frames)
    assert scores.shape == inside.shape
    assert inside.sum(1).tolist() == [-(-length // 4) for length in lengths]
    for item, length in enumerate(lengths):
        alone, _ = discriminator(mels[item : item + 1, :length], frames[item : item + 1])
        assert torch.allclose(scores[item][inside[item]], alone[0], atol=1e-5)


def test_every_frame_is_heard_and_every_pixel_seen():
    speech, image = SpeechDiscriminator(4), ImageDiscriminator(4)
    mels = torch.rand(2, 11, 80, requires_grad=True)
    scores, inside = speech(mels, torch.tensor([11, 6]))
    (scores * inside).sum().backward()
    heard = mels.grad.abs().sum(2) > 0
    assert torch.equal(heard, valid_frames(torch.tensor([11, 6]), 11))
    images = torch.rand(2, 3, 32, 48, requires_grad=True)
    scores = image(images)
    assert scores.shape == (2, 1, 4, 6)
    scores.square().sum().backward()
    assert (images.grad != 0).all()


def test_masked_l1_worked_out_by_hand():
    target = torch.tensor([[[1.0, 2.0], [9.0, 9.0]], [[0.0, 0.0], [4.0, 0.0]]])
    predicted = torch.zeros(2, 2, 2, requires_grad=True)
    loss = masked_l1(predicted, target, torch.tensor([1, 2]))
    assert loss.item() == pytest.approx((1 + 2 + 4) / 6)
    loss.backward()
    assert not predicted.grad[0, 1].any()


def test_masked_l1_is_taken_in_float32():
    target = torch.full((1, 4000, 8), 0.1)
    loss = masked_l1(torch.zeros(1, 4000, 8, dtype=torch.bfloat16), target, torch.tensor([4000]))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(0.1, rel=1e-4)
