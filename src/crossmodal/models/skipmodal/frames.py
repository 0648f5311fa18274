"""Batches of utterances of different length: what is padding must not matter.

Legend: B items, T frames, F mels or frequency bins.
"""

import torch
from torch import Tensor


def valid_frames(frames: Tensor, length: int) -> Tensor:
    """Which of `length` frames are an item's own, bool [B, length], by `frames` [B]."""
    return torch.arange(length, device=frames.device) < frames[:, None]


def masked_l1(predicted: Tensor, target: Tensor, frames: Tensor) -> Tensor:
    """The mean absolute difference over the frames that belong to an item, in float32.

    Args:
        predicted, target: [B, T, F].
        frames: of each item, int64 [B], none above T.
    """
    inside = valid_frames(frames, target.shape[1])[..., None]  # B, T, 1
    difference = (predicted.float() - target).abs() * inside
    return difference.sum() / (inside.sum() * target.shape[2])
