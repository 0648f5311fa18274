"""What speech is made of in `ours`: u's slots, each opened into a state for each character.

Legend: B items, S slots, D size of a slot, K the most characters of a slot, W size of a state, P
states of an item.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.data.skipmodal.batches import Texts
from crossmodal.data.skipmodal.symbols import PAD, SPACE, SYMBOL_COUNT
from crossmodal.models.skipmodal.masking import length_mask

UNITS = 96  # of each direction
HIDDEN = 256
STATE = 128


class SlotSpelling(nn.Module):
    """Opens slots into states that know how their word is spelled; nothing written enters.

    | layer | output |
    | --- | --- |
    | input u | B, S, D |
    | GRU in both directions, beside its input; dense, ReLU | B, S, 256 |
    | count: dense | B, S, K + 1 |
    | states: dense, a vector for each place added, ReLU | B, S, K, W = 128 |
    | as many states of each slot as were counted, side by side | B, P, W |
    | letters, in training alone: dense on the states | B, S, K, 66 |

    A word is too long a sound for one vector: a voice must find out for every word in which frame
    each part of it begins. States that each last one character learn that quickly. How many they
    are, and what each stands for, is asked for in training; when speaking both come from u.
    """

    def __init__(self, size: int, characters: int) -> None:
        super().__init__()
        self.characters = characters
        self.context = nn.GRU(size, UNITS, batch_first=True, bidirectional=True)
        self.hidden = nn.Linear(size + 2 * UNITS, HIDDEN)
        self.count = nn.Linear(HIDDEN, characters + 1)
        self.states = nn.Linear(HIDDEN, characters * STATE)
        self.place = nn.Parameter(torch.randn(characters, STATE) * 0.3)
        self.letters = nn.Linear(STATE, SYMBOL_COUNT)

    def forward(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """u [B, S, D] -> states [B, S, K, W] and the logits of their counts [B, S, K + 1]."""
        hidden = F.relu(self.hidden(torch.cat([fused, self.context(fused)[0]], 2)))
        states = self.states(hidden).unflatten(2, (self.characters, STATE))
        return F.relu(states + self.place), self.count(hidden)

    def speak(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """u -> what `join` makes of as many states as are the most likely."""
        states, counts = self(fused)
        return join(states, counts.argmax(2))

    def learn(self, fused: Tensor, texts: Texts) -> tuple[Tensor, Tensor, Tensor]:
        """u and the texts that it is of -> what `join` makes of the true counts, and the loss.

        The loss: cross-entropy of the characters and of their counts, nats, one beside the other.
        """
        states, logits = self(fused)
        spelled = spell(texts, fused.shape[1], self.characters)
        counts = (spelled != PAD).sum(2)
        letters = self.letters(states).flatten(0, 2)
        loss = F.cross_entropy(letters.float(), spelled.flatten(), ignore_index=PAD)
        loss = loss + F.cross_entropy(logits.flatten(0, 1).float(), counts.flatten())
        return *join(states, counts), loss


def spell(texts: Texts, slots: int, characters: int) -> Tensor:
    """The characters of each word: int64 [B, S, K], zero behind the last.

    A space belongs to the word before, the end symbol to the last word. Words that are too many
    share the last slot, and characters that are too many are left out.
    """
    symbols = texts.symbols
    spaces = (symbols == SPACE).long()
    words = (spaces.cumsum(1) - spaces).clamp(max=slots - 1)
    places = torch.arange(symbols.shape[1], device=symbols.device).expand_as(words)
    starts = words != F.pad(words[:, :-1], (1, 0), value=-1)
    within = places - places.masked_fill(~starts, 0).cummax(1).values
    kept = (symbols != PAD) & (within < characters)
    cells = (words * characters + within).masked_fill(~kept, slots * characters)
    spelled = symbols.new_zeros(len(symbols), slots * characters + 1)  # the last: what is left out
    spelled = spelled.scatter(1, cells, symbols)[:, :-1]
    return spelled.unflatten(1, (slots, characters))


def join(states: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The first states of each slot side by side.

    Args:
        states: [B, S, K, W].
        counts: int64 [B, S], how many of each slot.

    Returns:
        [B, P, W], zero at padding, and how many there are of each item, int64 [B], at least one.
    """
    places = torch.arange(states.shape[2], device=states.device)
    left_out = (places >= counts.unsqueeze(2)).flatten(1)
    lengths = counts.sum(1).clamp(min=1)
    order = torch.sort(left_out.long(), dim=1, stable=True).indices[:, : int(lengths.max())]
    flat = states.flatten(1, 2)
    joined = flat.gather(1, order.unsqueeze(2).expand(-1, -1, flat.shape[2]))
    return joined * length_mask(lengths, joined.shape[1]).unsqueeze(2), lengths
