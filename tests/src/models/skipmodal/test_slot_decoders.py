"""Texts are written character by character, from all slots."""

import pytest
import torch

from crossmodal.data.skipmodal.symbols import END, PAD
from crossmodal.models.skipmodal.slot_decoders import SlotTextDecoder
from tests.src.models.skipmodal.small_slots import settings

pytestmark = pytest.mark.usefixtures("seeded")


def test_the_text_decoder_sees_earlier_characters_and_all_slots_only():
    decoder, fused = SlotTextDecoder(settings(), 4), torch.randn(1, 2, 4, requires_grad=True)
    symbols = torch.tensor([[5, 6, 7, 8]])
    before = decoder(fused, symbols)
    after = decoder(fused, torch.tensor([[5, 6, 9, 8]]))
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.equal(before[:, 3], after[:, 3])
    (gradient,) = torch.autograd.grad(before[:, 2].sum(), fused)
    assert (gradient.abs().sum(2) > 0).all()


def test_texts_are_written_as_greedy_teacher_forcing_would():
    decoder, fused = SlotTextDecoder(settings(), 4), torch.randn(6, 2, 4)
    with torch.no_grad():
        decoder.dense.weight *= 20
        decoder.dense.bias[END] += 2
    script = decoder.write(fused)
    written = script.symbols
    logits = decoder(fused, written)
    logits[..., PAD] = -torch.inf
    torch.testing.assert_close(script.logits, logits)
    ended = (written == END).cumsum(1) - (written == END).long() > 0
    assert torch.equal(written, logits.argmax(2).masked_fill(ended, PAD))
    assert ended.any()
    assert (written[~ended] != PAD).all()
    assert decoder.write(fused, 2).symbols.shape == (6, 2)
    assert torch.equal(decoder.write(fused[:1]).symbols[0], written[0][~ended[0]])
