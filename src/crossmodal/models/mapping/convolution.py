"""Exact, faster forms of convolutions with few channels, for one CPU core.

oneDNN lays channels along the vector registers, so a layer of 1, 3 or 8 channels leaves most of
each register idle. Two rewritings give it more channels and less work, without approximation:

* `Conv2d` folds columns. In channels-last memory a map (H, W, C) *is* a map (H, W / f, f * C), so
  folding f columns into the channels copies nothing; only the small kernel is rewritten, with
  zeros where a tap falls outside of it.
* `UpConv2d` convolves before it upsamples. The four pixels grown from one see few distinct
  sources, so the taps that meet the same source are summed in advance.

Parameters have the names and shapes of `nn.Conv2d`: state dicts interchange with plain layers.
Values and gradients equal the plain ones up to rounding. Give the layers channels-last maps;
others are right too, but copied first. Maps below are (batch, channels, height, width).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

LANES = 16  # float32 numbers in a vector register


def channels_last(x: Tensor) -> Tensor:
    """View (B, H, W, C) memory as a map (B, C, H, W)."""
    return x.permute(0, 3, 1, 2)


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` of odd `kernel` with same padding: (B, in, H, W) -> (B, out, H, W), W even."""

    taps: Tensor

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2)
        # Two columns together suffice; a single input plane has no fast kernel of its own.
        few = in_channels == 1 or max(in_channels, out_channels) < LANES
        self.fold = 2 if few else 1
        self.register_buffer("taps", fold_taps(kernel, self.fold), persistent=False)

    def folded_weight(self) -> Tensor:
        """Kernel (fold * out, fold * in, rows, cells) that acts on folded maps."""
        o, i, k, _ = self.weight.shape
        _, f, _, cells = self.taps.shape
        weight = self.weight.reshape(-1, k) @ self.taps.view(k, -1)
        weight = weight.view(o, i, k, f, f, cells).permute(3, 0, 4, 1, 2, 5)
        return weight.reshape(f * o, f * i, k, cells)

    def forward(self, x: Tensor) -> Tensor:
        """Shapes as the class says."""
        b, _, h, w = x.shape
        x = channels_last(x.permute(0, 2, 3, 1).reshape(b, h, w // self.fold, -1))
        weight = self.folded_weight()
        assert self.bias is not None
        bias = self.bias.expand(self.fold, -1).flatten()
        y = F.conv2d(x, weight, bias, padding=(weight.shape[2] // 2, weight.shape[3] // 2))
        return channels_last(y.permute(0, 2, 3, 1).reshape(b, h, w, -1))


def fold_taps(kernel: int, fold: int) -> Tensor:
    """0/1 tensor (kernel, fold, fold, cells), a cell being `fold` columns.

    Entry [t, b, q, m] tells whether column b of an output cell reads, by tap t, column q of the
    m-th input cell around it.
    """
    radius = kernel // 2
    reach = -(-radius // fold)  # cells needed on either side
    taps = torch.zeros(kernel, fold, fold, 2 * reach + 1)
    for t in range(kernel):
        for b in range(fold):
            cell, q = divmod(b + t - radius, fold)
            taps[t, b, q, reach + cell] = 1
    return taps


class ConvPool2d(Conv2d):
    """Convolution as `Conv2d`, relu, max-pooling by 2: (B, in, H, W) -> (B, out, H / 2, W / 2)."""

    def forward(self, x: Tensor) -> Tensor:
        """Shapes as the class says."""
        y = F.max_pool2d(super().forward(x), 2)
        return F.relu(y, inplace=True)  # relu and max commute, and here there is 4 times less


class UpConv2d(nn.Conv2d):
    """Nearest upsampling by 2, then `nn.Conv2d` with same padding.

    (B, in, H, W) -> (B, out, 2 * H, 2 * W), of odd `kernel`.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Shapes as the class says."""
        # Upsampling is a transposed convolution with a 2 x 2 box. Together with the convolution
        # it makes one transposed convolution of stride 2, by the flipped kernel summed over a box.
        kernel = F.avg_pool2d(self.weight.flip(2, 3), 2, stride=1, padding=1, divisor_override=1)
        assert self.bias is not None
        operands = [x, kernel.transpose(0, 1), self.bias]
        if torch.is_autocast_enabled(x.device.type):
            # Automatic casts do not reach into a Function's backward.
            dtype = torch.get_autocast_dtype(x.device.type)
            operands = [operand.to(dtype) for operand in operands]
        return TransposedConv.apply(*operands)  # type: ignore[no-untyped-call]


class TransposedConv(torch.autograd.Function):
    """`F.conv_transpose2d(x, kernel, bias, stride=2, padding=r)`, kernel (in, out, 2r + 2, 2r + 2).

    oneDNN is quick at its gradients (they are convolutions of stride 2) but slow at its value for
    few output channels. The value is computed as an ordinary convolution instead, to four times
    as many channels: the 2 x 2 outputs of each source pixel.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, 2 * H, 2 * W)."""
        ctx.save_for_backward(x, kernel)
        i, o, size, _ = kernel.shape
        radius = size // 2 - 1
        reach = (radius + 1) // 2
        taps = 2 * reach + 1
        phases = F.pad(kernel, [2 * reach - radius] * 4).view(i, o, taps, 2, taps, 2)
        phases = phases.flip(2, 4).permute(3, 5, 1, 0, 2, 4).reshape(4 * o, i, taps, taps)
        y = F.conv2d(x, phases, bias.repeat(4), padding=reach).permute(0, 2, 3, 1)
        b, h, w, _ = y.shape
        y = y.reshape(b, h, w, 2, 2 * o).transpose(2, 3)
        return channels_last(y.reshape(b, 2 * h, 2 * w, o))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, kernel and bias."""
        x, kernel = ctx.saved_tensors
        padding = [kernel.shape[2] // 2 - 1] * 2
        return torch.ops.aten.convolution_backward(
            grad, x, kernel, [kernel.shape[1]], [2, 2], padding, [1, 1],
            True, [0, 0], 1, ctx.needs_input_grad,
        )  # fmt: skip


class DenseMap(nn.Linear):
    """`nn.Linear`, relu, unflatten: (B, in) -> channels-last map (B, C, H, W).

    Reordering the rows of the weight is cheaper than reordering the map.
    """

    def __init__(self, inputs: int, shape: tuple[int, int, int]) -> None:
        super().__init__(inputs, shape[0] * shape[1] * shape[2])
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Shapes as the class says."""
        c, h, w = self.shape
        weight = self.weight.view(c, h * w, -1).transpose(0, 1).reshape(c * h * w, -1)
        bias = self.bias.view(c, h * w).t().flatten()
        y = F.relu(F.linear(x, weight, bias), inplace=True)
        return channels_last(y.view(-1, h, w, c))
