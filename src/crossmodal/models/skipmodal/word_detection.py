"""Which words belong to a place of a picture or a moment of speech: an addition of `ours`.

Only the sentence is known, not where its words are: a word counts as said where one place at least
says it (multiple instance learning). The gradient goes to that place without passing a decoder, so
encoders learn to read digits and to hear words in a few hundred steps.

Legend: B items, P places, C channels, W words of the vocabulary.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.data.skipmodal.batches import Texts
from crossmodal.data.skipmodal.symbols import to_text
from crossmodal.data.skipmodal.vocabulary import split_words

RARE = -4.0  # first logit: most words are not there


class WordDetector(nn.Module):
    """Places to the words of a vocabulary."""

    def __init__(self, channels: int, words: Sequence[str]) -> None:
        super().__init__()
        self.number = {word: number for number, word in enumerate(words)}
        self.dense = nn.Linear(channels, len(words))
        nn.init.constant_(self.dense.bias, RARE)

    def forward(self, places: Tensor, mask: Tensor | None = None) -> Tensor:
        """Places [B, P, C], 1 at real ones in `mask` [B, P] -> logits of words [B, W]."""
        scores = self.dense(places).float()
        if mask is not None:
            scores = scores.masked_fill(mask.unsqueeze(2) == 0, -torch.inf)
        return scores.amax(1)

    def loss(self, scores: Tensor, texts: Texts) -> Tensor:
        """Binary cross-entropy in nats, summed over the words: a scalar."""
        said = torch.zeros_like(scores)
        for row, symbols in enumerate(texts.symbols.tolist()):
            words = split_words(to_text(symbols))
            said[row, [self.number[word] for word in words if word in self.number]] = 1
        return F.binary_cross_entropy_with_logits(scores, said, reduction="sum") / len(scores)
