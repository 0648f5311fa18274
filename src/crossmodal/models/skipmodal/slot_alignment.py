"""What ties the u of a pair together in `ours`; equation 3 of the paper does not.

The paper's losses let the speech decoder see u of texts only and the text decoder u of images and
speech only: nothing makes the u of an image mean to the speech decoder what the u of its caption
means. These terms do.

Legend: B pairs, K hypotheses, S slots, D size of a slot.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@torch.no_grad()
def nearest(fused: Tensor, target: Tensor) -> Tensor:
    """Which of K hypotheses u [K, B, S, D] is nearest to `target` [B, S, D]: int64 [B].

    A picture has several captions, and one u cannot be near all of them: their mean is no
    sentence. So K hypotheses are made, and only the one that is nearest to the caption at hand is
    trained (multiple choice learning).
    """
    return (fused - target).square().mean((2, 3)).argmin(0)


def pick(every: Tensor, chosen: Tensor) -> Tensor:
    """Of hypotheses [K, B, ...] the chosen ones, int64 [B]: [B, ...]."""
    return every[chosen, torch.arange(len(chosen), device=chosen.device)]


class Contrast(nn.Module):
    """InfoNCE in both directions over the pairs of a batch, with a learned temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """u [B, S, D] of both sides of B pairs -> the sum of both cross-entropies, nats."""
        left, right = (F.normalize(each.flatten(1).float()) for each in (first, second))
        scores = left @ right.T * self.log_scale.exp()
        labels = torch.arange(len(scores), device=scores.device)
        return F.cross_entropy(scores, labels) + F.cross_entropy(scores.T, labels)
