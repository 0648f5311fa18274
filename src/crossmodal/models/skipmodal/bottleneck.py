"""The multimodal information bottleneck (paper B, section 3.2 and appendix 6.2).

Legend: B items, E size of e, D size of z and u (d_k), S memory slots (n_k), H heads.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import Bottleneck


class Transformer(nn.Module):
    """The modality transformer T, shared by the modalities: e to z.

    | layer | output (paper) |
    | --- | --- |
    | input | B, E = 512 |
    | dense, ReLU | B, D = 256 |
    | residual: twice (convolution of width 1, ReLU, BN) | B, D |
    | tanh | B, D |

    Chosen: a convolution of width 1 over one vector is a dense layer and is written as one. The
    caller gives all modalities of a step in one call, so that the batch statistics, like the
    running ones of evaluation, are those of their mixture. In training the modalities therefore
    touch one another through these statistics, and through nothing else.
    """

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__()
        self.dense = nn.Sequential(nn.Linear(inputs, size), nn.ReLU())
        self.residual = nn.Sequential(
            nn.Linear(size, size),
            nn.ReLU(),
            nn.BatchNorm1d(size),
            nn.Linear(size, size),
            nn.ReLU(),
            nn.BatchNorm1d(size),
        )

    def forward(self, embeddings: Tensor) -> Tensor:
        """e [B, E] -> z [B, D] in (-1, 1)."""
        hidden = self.dense(embeddings)
        return torch.tanh(hidden + self.residual(hidden))


class Memory(nn.Module):
    """The memory fusion module M: z reads from a memory that all modalities share (equation 2).

    | step | shape (paper) |
    | --- | --- |
    | memory M | S = 128, D / H = 64 |
    | value v = tanh(M), the same for every head | S, D / H |
    | key k = convolution of width 1 of tanh(M), split by head | H = 4, S, D / H |
    | query q = z, split by head | B, H, D / H |
    | softmax(q k / sqrt(D)) v, heads side by side | B, D = 256 |

    Chosen: the appendix's M of S x D / H (section 3.2: S x D), hence values that heads share, as
    splitting them too would leave u only D / H numbers; sqrt(D) and not sqrt(D / H), as both
    equations say; D is the size of z as well, which the product with the keys asks for.
    """

    def __init__(self, sizes: Bottleneck) -> None:
        super().__init__()
        self.heads, self.scale = sizes.heads, 1 / sqrt(sizes.size)
        width = sizes.size // sizes.heads
        self.memory = nn.Parameter(torch.randn(sizes.slots, width) * sizes.memory_deviation)
        self.key = nn.Linear(width, sizes.size)

    def attention(self, latents: Tensor) -> Tensor:
        """z [B, D] -> the weight of each slot [H, B, S]; they add up to 1."""
        # Heads first, as the product makes them: softmax would copy any other order.
        queries = latents.unflatten(1, (self.heads, -1)).transpose(0, 1)
        keys = (self.key(torch.tanh(self.memory)) * self.scale).unflatten(1, (self.heads, -1))
        return torch.softmax(queries @ keys.permute(1, 2, 0), -1)

    def forward(self, latents: Tensor) -> Tensor:
        """z [B, D] -> u [B, D] in (-1, 1)."""
        return (self.attention(latents) @ torch.tanh(self.memory)).transpose(0, 1).flatten(1)


class DenseFusion(nn.Sequential):
    """Table 4, "M -> FC": two dense layers with about as many parameters as M.

    B, D -> dense, ReLU (B, F) -> dense, tanh (B, D). Chosen: F so that the numbers of parameters
    agree best; tanh, so that u has the range that it has with M.
    """

    def __init__(self, sizes: Bottleneck) -> None:
        width = sizes.size // sizes.heads
        parameters = sizes.slots * width + (width + 1) * sizes.size
        hidden = max(1, round((parameters - sizes.size) / (2 * sizes.size + 1)))
        super().__init__(
            nn.Linear(sizes.size, hidden), nn.ReLU(), nn.Linear(hidden, sizes.size), nn.Tanh()
        )


def build_transformer(embedding: int, sizes: Bottleneck) -> nn.Module:
    """T; without it (table 4, "w/o T") a linear layer, only for the size."""
    if sizes.transformer:
        return Transformer(embedding, sizes.size)
    return nn.Linear(embedding, sizes.size)


def build_fusion(sizes: Bottleneck) -> nn.Module:
    """M, or what stands in its place (table 4): dense layers, or nothing (u = z)."""
    if sizes.fusion == "memory":
        return Memory(sizes)
    return DenseFusion(sizes) if sizes.fusion == "dense" else nn.Identity()
