"""Which texts are like those of recordings is learnt, and told."""

import pytest
import torch

from crossmodal.models.skipmodal.spoken_texts import STRANGE, SpokenTexts

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
    told = spoken.is_strange(torch.cat([strange, sentences, shared])[None])[0]
    assert told.tolist() == [True] * 6 + [False] * 9


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


def test_strange_begins_below_a_chance():
    spoken = SpokenTexts(6)
    with torch.no_grad():
        spoken.weight.zero_()
    for chance, expected in ((STRANGE - 0.01, True), (STRANGE + 0.01, False)):
        with torch.no_grad():
            spoken.bias.fill_(torch.logit(torch.tensor(chance)))
        assert spoken.is_strange(torch.randn(5, 2, 2, 3)).tolist() == [[expected] * 2] * 5
