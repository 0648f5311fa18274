"""Equation 3 of paper A: PSNR against the closest held-out image.

Legend: G generated images, N held-out images, P pixels times channels of an image.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def nearest_errors(generated: Tensor, blocks: Iterable[NDArray[np.uint8]]) -> Tensor:
    """min_i MSE(x_pred, x_i) for each generated image, float64 [G].

    |a - b|^2 = |a|^2 - 2 a.b + |b|^2, so a block of images costs one matrix product.

    Args:
        generated: float32 [G, ...] in [0, 1].
        blocks: held-out images, uint8 [N, ...], a block at a time.
    """
    flat = generated.flatten(1)
    best = torch.full((len(flat),), torch.inf, dtype=torch.float64)
    for block in blocks:
        images = torch.from_numpy(block).flatten(1).float().div_(255)
        squares = images.square().sum(1, dtype=torch.float64)
        products = (flat @ images.T).double()
        best = torch.minimum(best, (squares - 2 * products).amin(1))
    squares = flat.square().sum(1, dtype=torch.float64)
    return (best + squares).clamp(min=0) / flat.shape[1]


def psnr(errors: Tensor) -> Tensor:
    """20 log10(max / sqrt(MSE)) in dB, for images in [0, 1]."""
    return -10 * torch.log10(errors)
