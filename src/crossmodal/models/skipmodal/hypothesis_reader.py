"""From the places of a picture to the slots of several captions that it may have.

Legend: B items, P places, C channels, K hypotheses, S slots, D size of a slot, W width.
"""

import torch
from torch import Tensor, nn

WIDTH = 128
HEADS = 4


class HypothesisReader(nn.Module):
    """Places to K times S slots: what each slot of each caption would say.

    | layer | output |
    | --- | --- |
    | input: places and a view of the whole | B, P, C and B, 256 |
    | K S learned queries + dense of the whole | B, K S, W = 128 |
    | each query reads the places (4 heads), added | B, K S, W |
    | slots of one hypothesis read each other (4 heads), added | B K, S, W |
    | dense, ReLU, dense, added | B K, S, 2 W and W |
    | layer normalisation, dense | K, B, S, D |
    | of the whole: dense, how well each hypothesis suits | B, K |

    Which digit a slot names depends on the sentence that the other slots begin, so every
    hypothesis asks its own questions, and its slots agree on the answers. In training the one that
    is nearest to the caption at hand learns; which one that is, is predicted.
    """

    def __init__(self, channels: int, whole: int, hypotheses: int, slots: int, size: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(hypotheses, slots, WIDTH) * 0.5)
        self.places, self.glance = nn.Linear(channels, WIDTH), nn.Linear(whole, WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(4))
        self.look = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.agree = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 2 * WIDTH), nn.ReLU(), nn.Linear(2 * WIDTH, WIDTH)
        )
        self.dense, self.suit = nn.Linear(WIDTH, size), nn.Linear(whole, hypotheses)

    def forward(self, places: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        """[B, P, C] and [B, 256] -> slots [K, B, S, D], logits of the hypotheses [B, K]."""
        count, slots, _ = self.queries.shape
        seen = self.places(places)
        states = self.queries.flatten(0, 1) + self.glance(whole).unsqueeze(1)
        states = states + self.look(self.norms[0](states), seen, seen, need_weights=False)[0]
        states = states.reshape(-1, slots, WIDTH)
        normed = self.norms[1](states)
        states = states + self.agree(normed, normed, normed, need_weights=False)[0]
        states = states + self.think(self.norms[2](states))
        made = self.dense(self.norms[3](states))
        return made.unflatten(0, (-1, count)).transpose(0, 1), self.suit(whole)
