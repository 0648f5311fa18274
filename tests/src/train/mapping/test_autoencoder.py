"""A training that was killed and resumed equals one that was not, to the bit."""

from itertools import pairwise

import pytest
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.data.shards import ShardReader
from crossmodal.errors import UserError
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.mapping.autoencoder import AutoencoderTraining

EPOCHS = {name: 2 for name in AUTOENCODERS}
CONFIG = {
    "seeds": {"double": [5], "colored": [5]},
    "embedding_size": 10,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "final_rate": 0.0,
}
CONFIG |= {"checkpoint_images": 100, "epochs": {"double": EPOCHS, "colored": EPOCHS}}


def start_in(folder, images, runtime, name="conv_vae", seed=5, **changes):
    """Start (or restart) a training of two epochs of four shards."""
    torch.manual_seed(5)
    reader = ShardReader(images, "train")
    network = build_autoencoder(name, reader.image_shape, 10)
    config = TrainAutoencoder.parse(CONFIG | changes, "train_autoencoder")
    checkpoint = Checkpoint(folder / f"{name}.pt")
    return AutoencoderTraining(network, reader, config, seed, 2, runtime, checkpoint)


@pytest.fixture
def start(image_folders, tmp_path, runtime):
    """The same in a folder of the test's own."""

    def make(name="conv_vae", runtime=runtime, **changes):
        return start_in(tmp_path, image_folders["double"], runtime, name, **changes)

    return make


@pytest.fixture(scope="module")
def whole(image_folders, tmp_path_factory, runtime):
    """A finished training of conv_vae, for comparison."""
    return finish(start_in(tmp_path_factory.mktemp("whole"), image_folders["double"], runtime))


def finish(training):
    for _ in training.run():
        pass
    return training


def assert_equal(first, second):
    assert first.progress == second.progress
    ours, theirs = first.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("name", ["conv_vae", "mlp_ae"])
def test_two_trainings_are_equal_and_learn(start, whole, name):
    first = finish(start(name))
    first.checkpoint.remove()
    assert_equal(first, whole if name == "conv_vae" else finish(start(name)))
    rows = first.progress.rows
    assert rows[-1]["step"] == 2 * 97 * 4
    assert rows[-1]["reconstruction"] < rows[0]["reconstruction"]


def test_the_rate_falls_along_a_line_over_all_images(start):
    training, rates, batches = start("mlp_ae", learning_rate=0.4, final_rate=0.1), [], []
    step, images = training.train_batch, 2 * 97 * 4

    def note(batch):
        rates.append(training.optimizer.param_groups[0]["lr"])
        batches.append(batch)
        return step(batch)

    training.train_batch = note
    finish(training)
    assert rates[:2] == [0.4, pytest.approx(0.4 - 0.3 * len(batches[0]) / images)]
    assert all(before > after for before, after in pairwise(rates))
    assert rates[-1] == pytest.approx(0.1 + 0.3 * len(batches[-1]) / images)


@pytest.mark.parametrize("stop", range(1, 8))
def test_resumed_equals_uninterrupted(start, whole, stop):
    killed = start()
    for number, _ in enumerate(killed.run(), 1):
        if number == stop:
            break
    resumed = start()
    assert resumed.progress.images <= killed.progress.images
    assert (resumed.progress.images > 0) == (stop > 1)  # the first shard is a small one
    assert_equal(finish(resumed), whole)


def test_an_unreadable_checkpoint_means_starting_over(start, whole):
    path = start().checkpoint.path
    path.write_bytes(whole.checkpoint.path.read_bytes())
    assert start().progress.images > 0
    path.write_bytes(path.read_bytes()[:-100])
    assert start().progress.images == 0
    path.write_bytes(b"")
    assert_equal(finish(start()), whole)


def test_seed_decides_order_and_noise(start, whole):
    assert whole.progress.rows != finish(start(seed=6)).progress.rows


def test_a_loss_that_is_not_finite_stops_the_training(start):
    training = start("mlp_ae", learning_rate=0.001)
    with torch.no_grad():
        training.model.mean.bias.fill_(float("nan"))
    with pytest.raises(UserError, match=r"not finite after .* images; lower train_autoencoder"):
        finish(training)


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_mixed_precision_trains_close_to_float32(start, whole, tmp_path, name):
    exact = whole if name == "conv_vae" else finish(start(name))
    (tmp_path / f"{name}.pt").unlink(missing_ok=True)
    compute = Compute(device="cpu", precision="bfloat16", threads=1)
    mixed = finish(start(name, runtime=prepare_runtime(compute)))
    rough, fine = (each.progress.rows for each in (mixed, exact))
    assert rough != fine
    assert rough[-1]["reconstruction"] == pytest.approx(fine[-1]["reconstruction"], rel=0.02)
    assert all(p.dtype == torch.float32 for p in mixed.model.parameters())


def test_a_device_that_is_not_there_is_named():
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match=r"compute\.device = 'cuda'; available here: cpu"):
        prepare_runtime(Compute(device="cuda", precision="float32", threads=1))
