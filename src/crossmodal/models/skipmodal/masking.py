"""Sequences of different lengths in one batch: padding must not change any result.

Legend: B items, C channels, L positions of the longest, N real positions of all items.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def length_mask(lengths: Tensor, longest: int) -> Tensor:
    """float32 [B, L]: 1 at real positions, 0 at padding."""
    return (torch.arange(longest, device=lengths.device) < lengths[:, None]).float()


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """The mean of `values` [B, L, ...] over the positions where `mask` [B, L] is 1."""
    share = values.numel() // mask.numel()
    weights = mask.view(*mask.shape, *[1] * (values.dim() - 2))
    return (values * weights).sum() / (mask.sum() * share)


class MaskedBatchNorm(nn.Module):
    """Batch normalisation of [B, C, L] or [B, C, L, F] whose statistics leave padding out.

    Over padding too, the result for one sentence would hang on how long its neighbours are, and
    the statistics of training would not be those of a sentence alone. What comes out at padding is
    no number of interest: the caller sets it to zero, so that the next convolution sees at a
    sentence's end just what it would without padding.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """`mask`: 1 at real positions, of a shape that broadcasts to `inputs`."""
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = masked_moments(inputs, mask)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
        scale = self.scale * torch.rsqrt(variance + self.epsilon)
        shape = (1, -1, *[1] * (inputs.dim() - 2))
        return torch.addcmul((self.shift - mean * scale).view(shape), inputs, scale.view(shape))


def masked_moments(inputs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance [C] over the real positions of `inputs` [B, C, L, ...]."""
    axes = [axis for axis in range(inputs.dim()) if axis != 1]
    total = mask.numel() / mask.sum()
    # Over zeros at padding too, then put right: one pass instead of two.
    variance, mean = torch.var_mean((inputs * mask).float(), axes, correction=0)
    square = (variance + mean.square()) * total
    mean = mean * total
    return mean, (square - mean.square()).clamp_min(0)


def run_packed(rnn: nn.RNNBase, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """A recurrent network over the real positions only.

    Args:
        inputs: [B, L, C].

    Returns:
        The outputs [B, L, D], zero at padding, and the last states [directions, B, H], each at its
        item's true end.
    """
    packed = pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)
    outputs, state = rnn(packed)
    padded, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.shape[1])
    return padded, state
