"""Slots open into a state for each character, and speech is made of these alone."""

from itertools import chain

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.skipmodal.batches import Texts
from crossmodal.data.skipmodal.symbols import PAD, SPACE, SYMBOL_COUNT, pad, to_symbols
from crossmodal.models.skipmodal.slot_spelling import STATE, SlotSpelling, join, spell

pytestmark = pytest.mark.usefixtures("seeded")
WRITTEN = st.lists(
    st.one_of(st.just(SPACE), st.integers(PAD + 1, SYMBOL_COUNT - 1)), min_size=1, max_size=24
)
SLOTS, CHARACTERS = st.integers(1, 6), st.integers(1, 9)


def to_texts(rows):
    return Texts(torch.tensor(pad(rows)), torch.tensor([len(row) for row in rows]))


def split_words(row):
    """A text's words, each with the space behind it."""
    words = [[]]
    for symbol in row:
        words[-1].append(symbol)
        if symbol == SPACE:
            words.append([])
    return [word for word in words if word]


@settings(max_examples=150)
@given(st.lists(WRITTEN, min_size=1, max_size=4), SLOTS, CHARACTERS)
def test_a_slot_spells_its_word_and_the_last_one_all_that_are_left(rows, slots, characters):
    spelled = spell(to_texts(rows), slots, characters)
    assert spelled.shape == (len(rows), slots, characters)
    for row, found in zip(rows, spelled.tolist(), strict=True):
        words = split_words(row)
        own = [*words[: slots - 1], [*chain(*words[slots - 1 :])]]
        own += [[] for _ in range(slots - len(own))]
        assert found == [[*word[:characters], *[PAD] * (characters - len(word))] for word in own]


@settings(max_examples=60)
@given(st.lists(WRITTEN, min_size=1, max_size=3), SLOTS)
def test_with_room_each_character_has_one_cell_and_they_stay_in_order(rows, slots):
    for row, found in zip(rows, spell(to_texts(rows), slots, 24), strict=True):
        assert found[found != PAD].tolist() == row


def test_a_sentence_is_spelled_word_by_word():
    text = to_symbols("a red six")
    (words,) = spell(to_texts([text]), 4, 4).tolist()
    assert words == [[*text[:2], 0, 0], text[2:6], text[6:10], [0] * 4]
    (words,) = spell(to_texts([text]), 2, 4).tolist()  # "red six" shares a slot, which is too small
    assert words == [[*text[:2], 0, 0], text[2:6]]


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(0, 10**6),
)
def test_joined_states_are_the_first_of_each_slot_side_by_side(counts, seed):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(len(counts), 3, 4, 2, generator=generator)
    joined, lengths = join(states, torch.tensor(counts))
    assert joined.shape == (len(counts), int(lengths.max()), 2)
    for item, own in enumerate(counts):
        kept = [states[item, slot, :count] for slot, count in enumerate(own)]
        # Who counts nothing at all still has something to say.
        expected = torch.cat(kept) if sum(own) else states[item, 0, :1]
        assert lengths[item] == len(expected) >= 1
        assert torch.equal(joined[item, : len(expected)], expected)
        assert (joined[item, len(expected) :] == 0).all()


def test_many_states_stay_in_order():
    states = torch.arange(12.0 * 16).view(1, 12, 16, 1)
    joined, lengths = join(states, torch.randint(0, 17, (1, 12)))
    assert lengths > 60 and (joined.flatten().diff() > 0).all()


def test_states_that_are_left_out_learn_nothing():
    states = torch.randn(2, 3, 4, 2, requires_grad=True)
    counts = torch.tensor([[1, 0, 4], [2, 3, 0]])
    join(states, counts)[0].sum().backward()
    kept = torch.arange(4) < counts.unsqueeze(2)
    assert torch.equal(states.grad, kept.unsqueeze(3).expand_as(states).float())


def test_characters_and_counts_are_asked_of_the_states_as_written_by_hand():
    spelling, fused = SlotSpelling(6, 5), torch.randn(2, 3, 6)
    rows = [to_symbols("a red on"), to_symbols("it")]
    states, lengths, loss = spelling.learn(fused, to_texts(rows))
    (opened, logits), total, letters = spelling(fused), 0, []
    words = [[*map(len, split_words(row)), 0, 0][:3] for row in rows]
    for item, own in enumerate(words):
        for slot, count in enumerate(own):
            total = total - logits[item, slot].log_softmax(0)[count] / 6
        begin = 0
        for slot, count in enumerate(own):
            for place in range(count):
                scores = spelling.letters(opened[item, slot, place]).log_softmax(0)
                letters.append(-scores[rows[item][begin + place]])
            begin += count
    torch.testing.assert_close(loss, total + torch.stack(letters).mean())
    assert lengths.tolist() == [9, 3] and states.shape == (2, 9, STATE)
    torch.testing.assert_close(states[1, :3], opened[1, 0, :3])


def test_when_speaking_each_slot_has_its_likeliest_count():
    spelling, fused = SlotSpelling(6, 4), torch.randn(5, 3, 6)
    with torch.no_grad():
        spelling.count.weight *= 30
    opened, logits = spelling(fused)
    counts = logits.argmax(2)
    assert len(set(counts.flatten().tolist())) > 2
    for found, expected in zip(spelling.speak(fused), join(opened, counts), strict=True):
        assert torch.equal(found, expected)
    with torch.no_grad():
        spelling.count.weight.zero_()
        spelling.count.bias.copy_(F.one_hot(torch.tensor(0), 5) * 9.0)
    states, lengths = spelling.speak(fused)  # no slot has a character
    assert lengths.tolist() == [1] * 5 and torch.isfinite(states).all()


def test_each_place_of_a_slot_has_a_state_of_its_own():
    opened, _ = SlotSpelling(6, 4)(torch.randn(1, 3, 6))
    rows = opened.flatten(0, 2)
    assert len({tuple(row.tolist()) for row in rows}) == 12
