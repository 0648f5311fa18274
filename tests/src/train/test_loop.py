"""A training killed at any step and resumed equals one that was not; bad steps are named."""

import pytest
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.errors import ParameterError, UserError
from tests.src.train.toys import (
    WEIGHTS,
    ToyData,
    ToyNetwork,
    assert_equal,
    assert_same,
    finish,
    make_training,
    settings,
)


def kill_after(loop, steps):
    for progress in loop.run():
        if progress.steps == steps:
            return


class Listener:
    """Scores the weights it has been given; remembers what it was told."""

    def __init__(self, scores=None):
        self.scores, self.steps = scores, []
        self.network = ToyNetwork()

    def validate(self, step):
        assert not self.network.training and not torch.is_grad_enabled()
        self.steps.append(step)
        score = float(self.network.draw.bias.sum()) if self.scores is None else self.scores[step]
        return {"score": score, "draw": float(torch.rand(()))}

    def train(self, path, runtime, config):
        """A training that this listens to."""
        torch.manual_seed(3)
        self.network = ToyNetwork()
        return make_training(path, runtime, config, network=self.network, validate=self.validate)


@pytest.mark.parametrize("strategy", ["mixed", "alternate"])
@pytest.mark.parametrize("stop", [1, 2, 3, 4, 7, 8])
def test_resumed_equals_uninterrupted(tmp_path, runtime, strategy, stop):
    config = settings(strategy=strategy, keep_best=True)
    whole = finish(Listener().train(tmp_path / "whole.pt", runtime, config))
    kill_after(Listener().train(tmp_path / "killed.pt", runtime, config), stop)
    resumed = Listener().train(tmp_path / "killed.pt", runtime, config)
    assert resumed.progress.steps == stop // 2 * 2
    assert_equal(finish(resumed), whole)
    assert len(whole.progress.rows) == 5 and len(whole.progress.validations) == 3


def test_a_finished_training_has_nothing_left_to_do(tmp_path, runtime):
    whole = finish(make_training(tmp_path / "a.pt", runtime, settings()))
    data = ToyData()
    assert_equal(finish(make_training(tmp_path / "a.pt", runtime, settings(), data=data)), whole)
    assert not data.asked


def test_a_torn_checkpoint_means_starting_over(tmp_path, runtime):
    whole = finish(make_training(tmp_path / "a.pt", runtime, settings()))
    torn = tmp_path / "torn.pt"
    torn.write_bytes((tmp_path / "a.pt").read_bytes()[:-100])
    restarted = make_training(torn, runtime, settings())
    assert restarted.progress.steps == 0
    assert_equal(finish(restarted), whole)


def test_what_happens_around_a_training_does_not_change_it(tmp_path, runtime):
    whole = finish(make_training(tmp_path / "a.pt", runtime, settings()))
    disturbed = make_training(tmp_path / "b.pt", runtime, settings())
    for _ in disturbed.run():
        torch.manual_seed(99)
        torch.rand(5)
    assert_equal(disturbed, whole)


def test_seeds_change_dropout_and_order(tmp_path, runtime):
    networks = [ToyNetwork(), ToyNetwork()]
    networks[1].load_state_dict(networks[0].state_dict())
    rows = [
        finish(
            make_training(tmp_path / f"{seed}.pt", runtime, settings(), seed=seed, network=network)
        )
        for seed, network in enumerate(networks)
    ]
    assert rows[0].progress.rows != rows[1].progress.rows


def test_it_learns(tmp_path, runtime):
    config = settings(steps=150, log_steps=10, checkpoint_steps=150)
    rows = finish(make_training(tmp_path / "a.pt", runtime, config)).progress.rows
    for name in ("image", "speech"):
        assert rows[-1][name] < 0.9 * rows[0][name]


def test_rows_have_the_settings_columns_and_average_the_steps(tmp_path, runtime):
    columns = ["step", "loss", "image", "text", "speech", "gradient_norm", "learning_rate"]
    fine = finish(make_training(tmp_path / "fine.pt", runtime, settings(log_steps=1)))
    coarse = make_training(tmp_path / "coarse.pt", runtime, settings(log_steps=4))
    told = finish(coarse).progress.rows
    assert [row["step"] for row in told] == [4, 8, 9]
    assert all(list(row) == columns for row in told)
    for name in columns[1:]:
        mean = sum(row[name] for row in fine.progress.rows[:4]) / 4
        assert told[0][name] == pytest.approx(mean)
    for row in told:
        assert row["loss"] == pytest.approx(sum(w * row[n] for n, w in WEIGHTS.items()), rel=1e-5)


def test_a_data_set_without_a_turn_leaves_its_columns_empty(tmp_path, runtime):
    config = settings(strategy="alternate", log_steps=1)
    rows = finish(make_training(tmp_path / "a.pt", runtime, config)).progress.rows
    assert [row["image"] is None for row in rows] == [False, True] * 4 + [False]
    assert [row["speech"] is None for row in rows] == [True, False] * 4 + [True]


def test_alternating_leaves_the_other_data_sets_decoder_alone(tmp_path, runtime):
    loop = make_training(tmp_path / "a.pt", runtime, settings(strategy="alternate", warmup_steps=0))
    before = {name: p.clone() for name, p in loop.task.network.named_parameters()}
    kill_after(loop, 1)
    after = dict(loop.task.network.named_parameters())
    unchanged = {name for name in before if torch.equal(before[name], after[name])}
    assert unchanged == {"speak.weight", "speak.bias", "hear.weight", "hear.bias"}


@pytest.mark.parametrize(("scores", "best"), [({3: 1, 6: 4, 9: 2}, 6), ({3: 5, 6: 5, 9: 5}, 3)])
def test_the_best_weights_stay(tmp_path, runtime, scores, best):
    listener = Listener(scores)
    loop = listener.train(tmp_path / "a.pt", runtime, settings(keep_best=True))
    states = {}
    for progress in loop.run():
        state = listener.network.state_dict()
        states[progress.steps] = {name: tensor.clone() for name, tensor in state.items()}
    assert listener.steps == [3, 6, 9]
    assert (loop.progress.best_step, loop.progress.best_score) == (best, scores[best])
    assert_same(dict(listener.network.state_dict()), states[best])
    resumed = finish(listener.train(tmp_path / "a.pt", runtime, settings(keep_best=True)))
    assert_same(dict(resumed.task.network.state_dict()), states[best])


@pytest.mark.parametrize("name", ["image", "speech"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_loss_that_is_not_finite_is_named(tmp_path, runtime, name, value):
    data = ToyData()
    loop = make_training(tmp_path / "a.pt", runtime, settings(), data=data)
    kill_after(loop, 4)
    state = loop.state()
    saved = (tmp_path / "a.pt").read_bytes()
    weights = {key: tensor.clone() for key, tensor in state["network"].items()}
    arrays = [data.images] if name == "image" else data.mels
    for array in arrays:
        array[:] = float(value)
    message = rf"not finite in step 5: the loss .*{name} = {value}.*; lower optimization\.lear"
    with pytest.raises(UserError, match=message) as raised:
        finish(make_training(tmp_path / "a.pt", runtime, settings(), data=data))
    assert ("image" in str(raised.value)) == (name == "image")
    assert (tmp_path / "a.pt").read_bytes() == saved
    with pytest.raises(UserError, match="in step 5"):
        finish(loop)
    parameters = dict(loop.task.network.named_parameters())
    assert all(torch.equal(parameters[key], weights[key]) for key in parameters)


class Kink(torch.autograd.Function):
    """The identity, with a gradient that is not a number."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float("nan")


def test_a_gradient_that_is_not_finite_is_named(tmp_path, runtime):
    network = ToyNetwork()
    network.draw.register_forward_pre_hook(lambda module, inputs: Kink.apply(inputs[0]))
    loop = make_training(tmp_path / "a.pt", runtime, settings(), network=network)
    before = network.draw.weight.clone()
    with pytest.raises(UserError, match=r"in step 1: the gradient of symbols\.weight;"):
        finish(loop)
    assert torch.equal(network.draw.weight, before)
    assert not (tmp_path / "a.pt").exists()


def test_a_term_without_a_weight_is_named(tmp_path, runtime):
    weights = {"image": 1.0, "text": 1.0}
    with pytest.raises(ParameterError, match="no weight for the loss speech; there are: image, t"):
        finish(make_training(tmp_path / "a.pt", runtime, settings(), weights=weights))


def test_a_term_of_weight_zero_is_logged_and_not_learned(tmp_path, runtime):
    weights, config = WEIGHTS | {"image": 0.0}, settings(warmup_steps=0)
    loop = make_training(tmp_path / "a.pt", runtime, config, weights=weights)
    before = loop.task.network.draw.weight.clone()
    rows = finish(loop).progress.rows
    assert torch.equal(loop.task.network.draw.weight, before)
    assert all(row["image"] > 0 for row in rows)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_trains_close_to_float32_and_resumes(tmp_path, runtime, precision):
    exact = finish(make_training(tmp_path / "exact.pt", runtime, settings()))
    mixed = prepare_runtime(Compute(device="cpu", precision=precision, threads=1))
    whole = finish(make_training(tmp_path / "mixed.pt", mixed, settings()))
    pairs = zip(whole.progress.rows, exact.progress.rows, strict=True)
    for close, row in pairs:
        assert close != row
        assert close["loss"] == pytest.approx(row["loss"], rel=0.02)
    assert all(p.dtype == torch.float32 for p in whole.task.network.parameters())
    kill_after(make_training(tmp_path / "killed.pt", mixed, settings()), 5)
    assert_equal(finish(make_training(tmp_path / "killed.pt", mixed, settings())), whole)


class Pupil(ToyNetwork):
    """Notes the share of its training that it is told."""

    def __init__(self):
        super().__init__()
        self.progress, self.told = 1.0, []

    def forward(self, batch):
        self.told.append(self.progress)
        return super().forward(batch)


def test_a_network_is_told_how_much_of_its_training_is_done(tmp_path, runtime):
    network = Pupil()
    finish(make_training(tmp_path / "a.pt", runtime, settings(), network=network))
    assert network.told == [step / 9 for step in range(9)]
