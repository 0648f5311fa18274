"""The CBHG module (Tacotron, section 3.1 and table 1), indifferent to padding.

Legend: B items, L positions, C input channels, K kernel sizes, D channels of each.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import Cbhg
from crossmodal.models.skipmodal.masking import BidirectionalGru, MaskedBatchNorm, length_mask


class CbhgNet(nn.Module):
    """Convolution bank, highway network and bidirectional GRU.

    | layer | output |
    | --- | --- |
    | input | B, L, C |
    | convolutions of width 1 to K, BN, ReLU | B, L, K D |
    | max pool of width 2, stride 1 | B, L, K D |
    | convolution of width 3, BN, ReLU | B, L, projection |
    | convolution of width 3, BN, plus the input | B, L, C |
    | linear, without bias, where C is not the highway's size | B, L, highway |
    | highway layers | B, L, highway |
    | bidirectional GRU | B, L, 2 gru |

    Chosen: normalisation before ReLU, as in paper B's own layers, so that the zeros of padding are
    neutral in the max pool; batch statistics over real positions only (`MaskedBatchNorm`).
    """

    def __init__(self, inputs: int, sizes: Cbhg) -> None:
        super().__init__()
        self.bank = nn.ModuleList(
            Convolution(inputs, sizes.channels, width) for width in range(1, sizes.bank + 1)
        )
        self.bank_norm = MaskedBatchNorm(sizes.bank * sizes.channels)
        self.first = Convolution(sizes.bank * sizes.channels, sizes.projection, 3)
        self.first_norm = MaskedBatchNorm(sizes.projection)
        self.second = Convolution(sizes.projection, inputs, 3)
        self.second_norm = MaskedBatchNorm(inputs)
        same = inputs == sizes.highway
        self.widen = nn.Identity() if same else nn.Linear(inputs, sizes.highway, bias=False)
        self.highways = nn.Sequential(*(Highway(sizes.highway) for _ in range(sizes.highways)))
        self.gru = BidirectionalGru(sizes.highway, sizes.gru)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """[B, L, C] -> [B, L, 2 gru], of no meaning at padding; `lengths` int64 [B]."""
        mask = length_mask(lengths, inputs.shape[1]).unsqueeze(1)  # B, 1, L
        start = inputs.transpose(1, 2) * mask  # B, C, L
        bank = torch.cat([layer(start) for layer in self.bank], 1)  # B, K D, L
        bank = F.relu(self.bank_norm(bank, mask)) * mask
        # The larger of two neighbours: as a max pool, 7 times as quick forwards and backwards.
        pooled = bank + F.relu(F.pad(bank[..., 1:], (0, 1)) - bank)
        hidden = F.relu(self.first_norm(self.first(pooled), mask)) * mask
        residual = self.second_norm(self.second(hidden), mask) + start
        outputs = self.highways(self.widen(residual.transpose(1, 2)))  # B, L, highway
        return self.gru(outputs, lengths)


class Highway(nn.Module):
    """[..., D] -> [..., D]: t relu(A x) + (1 - t) x with t = sigmoid(G x); t is small at first."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, 2 * size)
        nn.init.constant_(self.layer.bias[size:], -1.0)  # Tacotron's implementations do

    def forward(self, inputs: Tensor) -> Tensor:
        """[..., D] -> [..., D]."""
        change, gate = self.layer(inputs).chunk(2, dim=-1)
        return inputs + torch.sigmoid(gate) * (F.relu(change) - inputs)


class Convolution(nn.Conv1d):
    """[B, C, L] -> [B, D, L]; without bias, as normalisation follows."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__(inputs, outputs, width, bias=False)
        self.margins = ((width - 1) // 2, width // 2)

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, C, L] -> [B, D, L]."""
        return super().forward(F.pad(inputs, self.margins))
