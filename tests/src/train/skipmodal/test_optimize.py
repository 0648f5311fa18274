"""Learning rates worked out by hand; clipping; overflow in float16."""

import pytest
import torch
from torch import nn

from crossmodal.compute import Runtime
from crossmodal.errors import UserError
from crossmodal.train.skipmodal.optimize import Updater, learning_rate
from tests.src.train.skipmodal.toys import settings


def optimization(**changes):
    return settings(**changes).optimization


@pytest.mark.parametrize(
    ("decay", "final", "expected"),
    [
        ("none", 0.4, [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]),
        ("linear", 0.0, [0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1, 0.0]),
        ("cosine", 0.2, [0.1, 0.2, 0.3, 0.4, 0.4, 0.370711, 0.3, 0.229289, 0.2]),
    ],
)
def test_learning_rates(decay, final, expected):
    config = optimization(learning_rate=0.4, warmup_steps=4, decay=decay, final_rate=final)
    rates = [learning_rate(config, step, 9) for step in range(9)]
    assert rates == pytest.approx(expected, abs=1e-6)


def test_without_warmup_the_first_step_has_the_whole_rate():
    config = optimization(warmup_steps=0, decay="linear", final_rate=0.001)
    assert learning_rate(config, 0, 5) == 0.01
    assert learning_rate(config, 4, 5) == pytest.approx(0.001)
    assert learning_rate(config, 0, 1) == 0.01


def test_after_a_restart_the_rate_is_that_of_a_training_of_its_own():
    config = optimization(warmup_steps=3, decay="cosine", restarts=[0.25, 0.7])
    plain = config.model_copy(update={"restarts": ()})
    rates = [learning_rate(config, step, 40) for step in range(40)]
    parts = [learning_rate(plain, step, steps) for steps in (10, 18, 12) for step in range(steps)]
    assert rates == pytest.approx(parts)


def make_updater(dtype=torch.float32, **changes):
    torch.manual_seed(1)
    network = nn.Linear(4, 2)
    runtime = Runtime(torch.device("cpu"), dtype)
    return network, Updater(network, optimization(warmup_steps=0, **changes), 9, runtime)


@pytest.mark.parametrize("length", [0.5, 20.0])
def test_only_long_gradients_are_shortened(length):
    network, updater = make_updater(max_norm=2.0)
    direction = torch.randn(2)
    direction *= length / direction.norm()
    norm = float(updater.backward(network.bias @ direction))
    assert norm == pytest.approx(length)
    updater.step(0, norm)
    expected = direction * min(1, 2 / length)
    assert torch.allclose(network.bias.grad, expected, atol=1e-6)


def test_an_update_is_adams():
    network, updater = make_updater(max_norm=1e9, beta1=0.5)
    torch.manual_seed(1)
    twin = nn.Linear(4, 2)
    adam = torch.optim.Adam(twin.parameters(), betas=(0.5, 0.999))
    for step in range(5):
        x = torch.randn(3, 4)
        updater.step(step, float(updater.backward(network(x).square().sum())))
        adam.param_groups[0]["lr"] = learning_rate(updater.config, step, 9)
        adam.zero_grad()
        twin(x).square().sum().backward()
        adam.step()
    assert torch.allclose(network.weight, twin.weight, atol=1e-6)


def test_float16_leaves_out_steps_that_overflow_until_no_scale_helps():
    network, updater = make_updater(torch.float16)
    before = network.weight.clone()
    x = torch.full((1, 4), 1e36)
    norm = float(updater.backward(network(x).sum()))
    assert norm == float("inf")
    updater.step(0, norm)
    assert torch.equal(network.weight, before)
    assert updater.scaler.get_scale() == 2**15
    x = torch.full((1, 4), float("nan"))
    with pytest.raises(UserError, match="not finite in step 17: the gradient of weight"):
        for step in range(1, 40):
            updater.step(step, float(updater.backward((network.weight * x).sum())))
    assert step == 16
    assert torch.equal(network.weight, before)


def test_parameters_that_do_not_learn_are_left_alone():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)).requires_grad_(False)
    network[1].requires_grad_(True)
    updater = Updater(network, optimization(), 9, Runtime(torch.device("cpu"), torch.float32))
    assert list(updater.parameters) == ["1.weight", "1.bias"]
