"""What ties the u of a pair together in `ours`; equation 3 of the paper does not.

The paper's losses let the speech decoder see u of texts only and the text decoder u of images and
speech only: nothing makes the u of an image mean to the speech decoder what the u of its caption
means. These terms do.

Legend: B pairs, K hypotheses, S slots, D size of a slot.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Hypotheses(nn.Module):
    """An image may be told in several ways: K vectors, each of which makes one of them.

    A picture has several captions, and one u cannot be near all of them: their mean is no
    sentence. So K hypotheses are made by adding a learned vector before T, and only the one that
    is nearest to the caption at hand is trained (multiple choice learning). In evaluation the
    hypothesis is that which was best on the validation split.
    """

    def __init__(self, count: int, slots: int, size: int) -> None:
        super().__init__()
        self.count = count
        self.offsets = nn.Parameter(torch.randn(count, slots, size) * 0.5)

    def forward(self, embeddings: Tensor) -> Tensor:
        """e [B, S, D] -> [K B, S, D], hypothesis by hypothesis."""
        return (embeddings + self.offsets.unsqueeze(1)).flatten(0, 1)

    @torch.no_grad()
    def nearest(self, fused: Tensor, target: Tensor) -> Tensor:
        """Which rows of u [K B, S, D] are nearest to `target` [B, S, D]: int64 [B]."""
        apart = (fused.unflatten(0, (self.count, -1)) - target).square().mean((2, 3))  # K, B
        rows = torch.arange(len(target), device=target.device)
        return apart.argmin(0) * len(target) + rows


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


def distance(first: Tensor, second: Tensor) -> Tensor:
    """Mean squared difference between the u of pairs."""
    return F.mse_loss(first.float(), second.float())
