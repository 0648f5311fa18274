import pytest
import torch
import torch.nn.functional as F
from torch import nn

from crossmodal.config.skipmodal.network import Cbhg, PostNet
from crossmodal.models.skipmodal.cbhg import CbhgNet, Convolution
from crossmodal.models.skipmodal.masking import (
    BidirectionalGru,
    MaskedBatchNorm,
    length_mask,
    masked_mean,
    reverse,
    take,
)
from crossmodal.models.skipmodal.post_net import MelToLinear, load_mel_to_linear

LENGTHS = torch.tensor([4, 7, 1])
SMALL = Cbhg(bank=4, channels=5, projection=6, highways=2, highway=8, gru=3)


def test_mean_leaves_padding_out():
    values, mask = torch.rand(3, 7, 2), length_mask(LENGTHS, 7)
    real = torch.cat([row[:length] for row, length in zip(values, LENGTHS, strict=True)])
    torch.testing.assert_close(masked_mean(values, mask), real.mean())
    torch.testing.assert_close(masked_mean(values[..., 0], mask), real[:, 0].mean())


@pytest.mark.parametrize("shape", [(3, 5, 7), (3, 5, 7, 2)])
def test_masked_norm_is_batch_norm_of_the_real_positions(shape):
    ours, reference = MaskedBatchNorm(5), nn.BatchNorm1d(5)
    inputs = (torch.randn(shape) * 3 + 50).requires_grad_()
    mask = length_mask(LENGTHS, 7).view(3, 1, 7, *[1] * (len(shape) - 3))
    rows = inputs.movedim(1, -1)[mask[:, 0].expand(inputs[:, 0].shape) > 0]
    weights = torch.randn(rows.shape)
    gradients = []
    for outputs in (reference(rows), ours(inputs, mask)):
        if outputs.dim() > 2:
            outputs = outputs.movedim(1, -1)[mask[:, 0].expand(inputs[:, 0].shape) > 0]
        gradients.append(torch.autograd.grad((outputs * weights).sum(), inputs)[0])
        last = outputs
    torch.testing.assert_close(last, reference(rows), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.mean, inputs.new_zeros(5).lerp(rows.mean(0).detach(), 0.1))
    ours.eval()
    scaled = (inputs - ours.mean.view(1, 5, *[1] * (len(shape) - 2))).movedim(1, -1)
    expected = scaled / (ours.variance + 1e-5).sqrt()
    torch.testing.assert_close(ours(inputs, mask).movedim(1, -1), expected, atol=1e-4, rtol=1e-4)


def test_reversing_stays_within_the_length():
    values = torch.arange(21.0).view(3, 7, 1)
    turned = reverse(values, LENGTHS)
    assert turned[0, :, 0].tolist() == [3, 2, 1, 0, 4, 5, 6]
    assert torch.equal(reverse(turned, LENGTHS), values)
    assert take(values, LENGTHS[:, None] - 1).flatten().tolist() == [3, 13, 14]


def test_two_grus_are_one_bidirectional_gru_on_packed_sequences():
    ours, inputs = BidirectionalGru(4, 3), torch.randn(3, 7, 4)
    reference = nn.GRU(4, 3, batch_first=True, bidirectional=True)
    for name, value in ours.onward.named_parameters():
        getattr(reference, name).data.copy_(value)
    for name, value in ours.homeward.named_parameters():
        getattr(reference, f"{name}_reverse").data.copy_(value)
    packed = nn.utils.rnn.pack_padded_sequence(inputs, LENGTHS, True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(reference(packed)[0], batch_first=True)
    mask = length_mask(LENGTHS, 7).unsqueeze(2)
    torch.testing.assert_close(ours(inputs, LENGTHS) * mask, expected)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("inputs", [8, 5])
def test_padding_does_not_change_a_cbhg(training, inputs):
    values = torch.randn(3, 7, inputs)
    longer = torch.cat([values, torch.full((3, 4, inputs), 9.0)], 1)
    longer[0, 4:] = -5  # what stands at padding is of no account
    results = []
    for each in (values, longer):
        torch.manual_seed(0)
        network = CbhgNet(inputs, SMALL).train(training)
        outputs = network(each, LENGTHS)[:, :7] * length_mask(LENGTHS, 7).unsqueeze(2)
        outputs.square().sum().backward()
        gradients = torch.cat([p.grad.flatten() for p in network.parameters()])
        results.append((outputs, gradients, network.bank_norm.mean))
    for first, second in zip(*results, strict=True):
        torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-4)
    assert (results[0][2].abs().sum() > 0) == training


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_convolutions_keep_the_length_as_same_padding_does(width):
    layer, inputs = Convolution(3, 5, width), torch.randn(2, 3, 6)
    expected = F.conv1d(inputs, layer.weight, padding="same")
    torch.testing.assert_close(layer(inputs), expected)


def test_the_pool_takes_the_larger_of_two_neighbours():
    bank = torch.rand(2, 3, 6)
    pooled = bank + F.relu(F.pad(bank[..., 1:], (0, 1)) - bank)
    torch.testing.assert_close(pooled, F.max_pool1d(F.pad(bank, (0, 1)), 2, stride=1))


def test_cbhg_has_tacotrons_layers():
    network = CbhgNet(80, Cbhg(bank=8, projection=256))
    assert [layer.weight.shape for layer in network.bank] == [(128, 80, k) for k in range(1, 9)]
    assert network.first.weight.shape == (256, 1024, 3)
    assert network.second.weight.shape == (80, 256, 3)
    assert len(network.highways) == 4
    assert network(torch.rand(2, 5, 80), torch.tensor([5, 3])).shape == (2, 5, 256)
    assert all(layer(torch.rand(2, 80, 5)).shape == (2, 128, 5) for layer in network.bank)


def test_mel_to_linear_learns_alone_and_loads_as_saved(tmp_path):
    torch.manual_seed(0)
    network = MelToLinear(PostNet(cbhg=SMALL, bins=11), 8)
    mels, frames = torch.rand(3, 7, 8), LENGTHS
    linears = mels.repeat(1, 1, 2)[..., :11]
    optimizer = torch.optim.Adam(network.parameters(), 0.05)
    losses = []
    for _ in range(15):
        losses.append(network.loss(mels, frames, linears))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0] / 2
    linears[0, 4:] = 100
    network.eval()
    assert network.loss(mels, frames, linears) < losses[0]
    network.save(tmp_path / "post_net")
    loaded = load_mel_to_linear(tmp_path / "post_net")
    assert torch.equal(loaded(mels, frames), network(mels, frames))
