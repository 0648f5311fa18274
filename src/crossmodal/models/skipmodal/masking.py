"""Sequences of different lengths in one batch: padding must not change any result.

Legend: B items, C channels, L positions or T frames of the longest, F mels or frequency bins.
"""

import torch
from torch import Tensor, nn


def valid_frames(frames: Tensor, length: int) -> Tensor:
    """Which of `length` frames are an item's own, bool [B, length], by `frames` [B]."""
    return torch.arange(length, device=frames.device) < frames[:, None]


def length_mask(lengths: Tensor, longest: int) -> Tensor:
    """float32 [B, L]: 1 at real positions, 0 at padding."""
    return valid_frames(lengths, longest).float()


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """The mean of `values` [B, L, ...] over the positions where `mask` [B, L] is 1."""
    share = values.numel() // mask.numel()
    weights = mask.view(*mask.shape, *[1] * (values.dim() - 2))
    return (values * weights).sum() / (mask.sum() * share)


def masked_l1(predicted: Tensor, target: Tensor, frames: Tensor) -> Tensor:
    """The mean absolute difference over the frames that belong to an item, in float32.

    Args:
        predicted, target: [B, T, F].
        frames: of each item, int64 [B], none above T.
    """
    inside = valid_frames(frames, target.shape[1])[..., None]  # B, T, 1
    difference = (predicted.float() - target).abs() * inside
    return difference.sum() / (inside.sum() * target.shape[2])


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
        """`mask`: [B, 1, L] or [B, 1, L, 1], 1 at real positions."""
        shape = (1, -1, *[1] * (inputs.dim() - 2))
        if not self.training:
            scale = self.scale * torch.rsqrt(self.variance + self.epsilon)
            shift = self.shift - self.mean * scale
            return torch.addcmul(shift.view(shape), inputs, scale.view(shape))
        count = mask.sum() * (inputs[0, 0].numel() // mask[0].numel())
        mean = total(inputs * mask) / count
        centred = (inputs - mean.view(shape)) * mask
        variance = total(centred.square()) / count
        with torch.no_grad():
            self.mean.lerp_(mean, self.momentum)
            self.variance.lerp_(variance, self.momentum)
        scale = self.scale * torch.rsqrt(variance + self.epsilon)
        return torch.addcmul(self.shift.view(shape), centred, scale.view(shape))


def total(inputs: Tensor) -> Tensor:
    """The sum [C] over all but the channels of [B, C, ...], in float32."""
    return inputs.flatten(2).sum(2, dtype=torch.float32).sum(0)


def reverse(inputs: Tensor, lengths: Tensor) -> Tensor:
    """[B, L, C] with the real positions of each item in reverse order."""
    places = torch.arange(inputs.shape[1], device=inputs.device)
    ends = lengths[:, None] - 1
    return take(inputs, torch.where(places <= ends, ends - places, places))


def take(inputs: Tensor, places: Tensor) -> Tensor:
    """[B, L, C] at `places` int64 [B, P] -> [B, P, C]."""
    starts = torch.arange(len(inputs), device=inputs.device)[:, None] * inputs.shape[1]
    return inputs.flatten(0, 1)[(starts + places).flatten()].unflatten(0, places.shape)


class BidirectionalGru(nn.Module):
    """[B, L, C] -> [B, L, 2 H]: each item from its start and from its true end.

    Two GRUs, of which one gets each item reversed within its length: the same numbers as those of
    one on a packed sequence, whose gradient took two and a half times as long (measured).
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.onward = nn.GRU(inputs, units, batch_first=True)
        self.homeward = nn.GRU(inputs, units, batch_first=True)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Of no meaning at padding; `lengths` int64 [B]."""
        behind, _ = self.homeward(reverse(inputs, lengths))
        return torch.cat([self.onward(inputs)[0], reverse(behind, lengths)], 2)
