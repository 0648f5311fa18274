"""Learning rates worked out by hand; clipping; overflow in float16."""

import copy

import pytest
import torch
from torch import nn

from crossmodal.compute import Runtime
from crossmodal.errors import UserError
from crossmodal.train.muon import Muon, find_matrices, orthogonalize
from crossmodal.train.optimize import Updater, learning_rate
from tests.src.train.toys import settings

CPU = Runtime(torch.device("cpu"), torch.float32)


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


@pytest.mark.parametrize("muon", [0.0, 2.0])
def test_parameters_that_do_not_learn_are_left_alone(muon):
    network = nn.Sequential(nn.Linear(20, 20), nn.Linear(20, 20)).requires_grad_(False)
    network[1].requires_grad_(True)
    updater = Updater(network, optimization(muon=muon), 9, CPU)
    assert list(updater.parameters) == ["1.weight", "1.bias"]
    taken = [p for o, _ in updater.optimizers for g in o.param_groups for p in g["params"]]
    assert {id(p) for p in taken} == {id(p) for p in network[1].parameters()}


@pytest.mark.parametrize("shape", [(24, 60), (60, 24)])
def test_an_orthogonal_update_moves_all_directions_alike(shape):
    torch.manual_seed(0)
    gradient = torch.randn(shape) * 1e-3
    values = torch.linalg.svdvals(gradient)
    assert values.max() > 3 * values.min()
    made = orthogonalize(gradient)
    left, _, right = torch.linalg.svd(gradient, full_matrices=False)
    moved_left, moved, moved_right = torch.linalg.svd(made, full_matrices=False)
    assert 0.6 < moved.min() <= moved.max() < 1.3
    assert torch.allclose(moved_left @ moved_right, left @ right, atol=1e-4)


def test_muon_has_the_weights_that_map_and_adam_the_rest():
    network = nn.ModuleDict(
        {
            "dense": nn.Linear(20, 30),
            "heads": nn.MultiheadAttention(16, 4),
            "convolution": nn.Conv2d(8, 16, 3),
            "gru": nn.GRU(16, 16),
            "lookup": nn.Embedding(20, 20),
            "narrow": nn.Linear(20, 3),
            "wide": nn.Linear(300, 300),
            "norm": nn.BatchNorm1d(20),
        }
    )
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert sorted(names[id(matrix)] for matrix in find_matrices(network)) == [
        "convolution.weight",
        "dense.weight",
        "gru.weight_hh_l0",
        "gru.weight_ih_l0",
        "heads.in_proj_weight",
        "heads.out_proj.weight",
    ]
    updater = Updater(network, optimization(muon=2.0), 9, CPU)
    taken = [id(p) for o, _ in updater.optimizers for g in o.param_groups for p in g["params"]]
    assert sorted(taken) == sorted(names)
    assert [type(optimizer) for optimizer, _ in updater.optimizers] == [torch.optim.Adam, Muon]


def test_without_muon_all_is_adams():
    updater = Updater(nn.Linear(20, 20), optimization(), 9, CPU)
    assert [type(optimizer) for optimizer, _ in updater.optimizers] == [torch.optim.Adam]


def test_muon_steps_by_momentum_and_resumes_to_the_bit():
    torch.manual_seed(0)
    first = nn.Linear(20, 24)
    start, inputs = first.weight.detach().clone(), torch.randn(4, 50, 20)

    def train(network, updater, steps):
        for step in steps:
            norm = float(updater.backward(network(inputs[step]).square().sum()))
            updater.step(step, norm)

    config = optimization(muon=3.0, warmup_steps=0, decay="none", final_rate=0.01, max_norm=1e9)
    updater = Updater(first, config, 9, CPU)
    made = first(inputs[0]).detach()
    train(first, updater, [0])
    gradient = 2 * made.T @ inputs[0]
    # Nesterov: the first mean is a twentieth of the gradient, whose length does not matter.
    expected = start - config.learning_rate * 3 * 0.2 * 24**0.5 * orthogonalize(gradient)
    assert torch.allclose(first.weight, expected, atol=1e-5)
    second = nn.Linear(20, 24)
    second.load_state_dict(first.state_dict())
    resumed = Updater(second, config, 9, CPU)
    resumed.restore(copy.deepcopy(updater.state()))
    train(first, updater, [1, 2, 3])
    train(second, resumed, [1, 2, 3])
    assert torch.equal(first.weight, second.weight)
