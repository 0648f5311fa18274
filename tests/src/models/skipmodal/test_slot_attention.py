"""Slots read places, and are read: attention worked out by hand."""

import pytest
import torch

from crossmodal.models.skipmodal.slot_attention import SlotPool, SlotReader

pytestmark = pytest.mark.usefixtures("seeded")


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


def test_the_reader_weighs_slots_and_tells_equal_ones_apart_by_their_place():
    reader, states = SlotReader(4, slots=3, size=5), torch.randn(2, 6, 4)
    fused = torch.randn(2, 3, 5)
    read, weights = reader(states, fused)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 6))
    torch.testing.assert_close(read, torch.einsum("bls,bsh->blh", weights, reader.value(fused)))
    alike = fused[:, :1].expand(-1, 3, -1)
    assert reader(states, alike)[1].std(2).min() > 1e-4
