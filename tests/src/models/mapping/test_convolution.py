"""The fast layers equal the plain ones: values, every gradient, state dicts."""

import pytest
import torch

from benchmarks.plain_layers import PlainConv, PlainConvPool, PlainDenseMap, PlainUpConv
from crossmodal.models.mapping.convolution import Conv2d, ConvPool2d, DenseMap, UpConv2d

TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-5}
LAYERS = {Conv2d: PlainConv, ConvPool2d: PlainConvPool, UpConv2d: PlainUpConv}


def assert_close(fast, reference):
    """Equal up to rounding, relative to the largest entry."""
    assert fast.shape == reference.shape
    error = (fast - reference).abs().max() / reference.abs().max()
    assert error <= TOLERANCE[reference.dtype]


def compare(fast, reference, x):
    """Values and gradients of two layers with each other's weights, on the same input."""
    fast.load_state_dict(reference.state_dict())
    reference.load_state_dict(fast.state_dict())
    x1, x2 = x.clone().requires_grad_(), x.clone().requires_grad_()
    y1, y2 = reference(x1), fast(x2)
    assert_close(y2, y1)
    seed = torch.randn_like(y1)
    y1.backward(seed)
    y2.backward(seed)
    assert_close(x2.grad, x1.grad)
    for ours, theirs in zip(fast.parameters(), reference.parameters(), strict=True):
        assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("channels", [(1, 8), (3, 8), (1, 16), (3, 16), (16, 8), (16, 1), (8, 3)])
@pytest.mark.parametrize("layer", LAYERS)
def test_equals_the_plain_layer(layer, channels, kernel, layout, dtype):
    x = torch.randn(4, channels[0], 6, 10, dtype=dtype).contiguous(memory_format=layout)
    fast, reference = (kind(*channels, kernel).to(dtype) for kind in (layer, LAYERS[layer]))
    compare(fast, reference, x)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_dense_map_equals_the_plain_layer(dtype):
    shape = (8, 3, 5)
    compare(
        DenseMap(10, shape).to(dtype),
        PlainDenseMap(10, shape).to(dtype),
        torch.randn(4, 10, dtype=dtype),
    )
