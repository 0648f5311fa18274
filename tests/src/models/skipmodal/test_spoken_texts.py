"""Which texts are like those of recordings is learnt, and told."""

import pytest
import torch

from crossmodal.models.skipmodal.spoken_texts import SpokenTexts

pytestmark = pytest.mark.usefixtures("seeded")


def test_captions_that_no_recording_is_like_are_told_and_shared_ones_are_not():
    strange, shared, sentences = (torch.randn(each, 2, 3) for each in (6, 1, 8))
    strange[..., 0], sentences[..., 0], shared[..., 0] = 2, -2, -2
    # One of three captions, and every third sentence, is of the form that both have.
    captions, heard = torch.cat([strange, *[shared] * 3]), torch.cat([sentences, *[shared] * 4])
    spoken = SpokenTexts(6)
    optimizer = torch.optim.Adam(spoken.parameters(), 0.05)
    for _ in range(200):
        optimizer.zero_grad()
        spoken.loss(captions, heard).backward()
        optimizer.step()
    chance = spoken.log_probability(torch.cat([strange, sentences, shared])[None])[0].exp()
    assert chance[:6].max() < 0.1 and chance[6:].min() > 0.3


def test_u_learns_nothing_of_it():
    parts = [torch.randn(count, 2, 3, requires_grad=True) for count in (3, 4)]
    spoken = SpokenTexts(6)
    spoken.loss(*parts).backward()
    assert all(part.grad is None for part in parts)
    assert spoken.weight.grad.abs().sum() > 0


def test_the_loss_is_the_mean_of_both_kinds_by_hand():
    spoken, captions, sentences = SpokenTexts(6), torch.randn(3, 2, 3), torch.randn(4, 2, 3)
    chance = torch.sigmoid(spoken(torch.cat([captions, sentences]).flatten(1))).squeeze(1)
    expected = -torch.cat([(1 - chance[:3]).log(), chance[3:].log()]).mean()
    torch.testing.assert_close(spoken.loss(captions, sentences), expected)


def test_each_hypothesis_has_its_own_probability():
    spoken, fused = SpokenTexts(6), torch.randn(3, 4, 2, 3)
    found = spoken.log_probability(fused)
    for hypothesis in range(3):
        for item in range(4):
            expected = torch.sigmoid(spoken(fused[hypothesis, item].flatten())).log()
            torch.testing.assert_close(found[hypothesis, item], expected[0])
