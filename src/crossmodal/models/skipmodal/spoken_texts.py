"""Which sentences are like those of recordings: the voice has learned to say no others.

Legend: B items, S slots, D size of a slot, K hypotheses.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SpokenTexts(nn.Linear):
    """Tells texts of recordings from captions by their u; u learns nothing of it.

    Captions have forms and words that no recording has ("the picture shows"). Of several captions
    that an image may mean a voice should say one that is not of them.
    """

    def __init__(self, width: int) -> None:
        super().__init__(width, 1)

    def loss(self, captions: Tensor, sentences: Tensor) -> Tensor:
        """Cross-entropy of u [B, S, D] of captions and of recordings' texts, nats."""
        parts = (captions, sentences)
        logits = self(torch.cat(parts).detach().flatten(1)).squeeze(1).float()
        told = torch.cat([logits.new_full((len(part),), k) for k, part in enumerate(parts)])
        return F.binary_cross_entropy_with_logits(logits, told)

    def log_probability(self, fused: Tensor) -> Tensor:
        """That a recording says what each of the hypotheses u [K, B, S, D] means: nats [K, B]."""
        return F.logsigmoid(self(fused.flatten(2)).squeeze(2).float())
