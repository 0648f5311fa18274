import pytest
import torch
from torch import nn


def gradients():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(1))
    gru = nn.GRU(36, 5, batch_first=True)
    outputs, _ = gru(network(torch.rand(6, 3, 5, 5)).view(2, 3, 36))
    outputs.square().sum().backward()
    return [each.grad for each in (*network.parameters(), *gru.parameters())]


@pytest.mark.usefixtures("runtime")
def test_memory_is_not_filled_before_it_is_overwritten(monkeypatch):
    settings = torch.utils.deterministic
    assert torch.are_deterministic_algorithms_enabled()
    assert not settings.fill_uninitialized_memory
    ours = gradients()
    monkeypatch.setattr(settings, "fill_uninitialized_memory", True)
    assert torch.empty(3).isnan().all()  # what torch does by itself
    assert all(map(torch.equal, ours, gradients()))
