"""What tests share: made-up digits, and the real data where a folder has them."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.mnist import Digits

HELD_OUT = ("07", "42", "91")
# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture
def real() -> Path:
    """The folder of real data pieces named by CROSSMODAL_REAL_DATA."""
    folder = os.environ.get("CROSSMODAL_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set CROSSMODAL_REAL_DATA to a folder with coco, LJSpeech-1.1 and fsdd")
    return Path(folder)


@pytest.fixture(scope="session")
def runtime():
    """One thread on the CPU in float32, deterministic."""
    return prepare_runtime(Compute(device="cpu", precision="float32", threads=1))


@pytest.fixture
def git_settings(tmp_path_factory, monkeypatch) -> Callable[..., None]:
    """Git of a person who has set nothing but a name; call it with pairs to set more."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # Temporary folders may lie in somebody's repository.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path_factory.getbasetemp()))

    def put(*settings: tuple[str, str]) -> None:
        for name, value in settings:
            subprocess.run(["git", "config", "--global", "--add", name, value], check=True)

    put(("user.name", "n"), ("user.email", "e@example.org"), ("init.defaultBranch", "main"))
    return put


def make_digits(seed: int, count: int = 60) -> Digits:
    """Noise in the middle of 28 x 28, each image's label being its index modulo 10."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = np.random.default_rng(seed).integers(1, 256, (count, 16, 16))
    return Digits(images, (np.arange(count) % 10).astype(np.uint8))


@pytest.fixture(scope="session")
def digits() -> tuple[Digits, Digits]:
    """Made-up (training, test) digits that share no image."""
    return make_digits(1), make_digits(2)


@pytest.fixture(scope="session")
def synthesis_config() -> SynthesizeImages:
    """A few images of every pair in several shards and blocks."""
    values = {"seed": 3, "block_size": 32, "shard_size": 128, "held_out": list(HELD_OUT)}
    counts = {"train_per_pair": 4, "held_out_per_pair": 40}
    values["counts"] = {"double": counts, "colored": counts}
    return SynthesizeImages.parse(values, "synthesize_images")


@pytest.fixture(scope="session")
def image_folders(digits, synthesis_config, tmp_path_factory) -> dict[str, Path]:
    """Both data sets, synthesized from the made-up digits."""
    root = tmp_path_factory.mktemp("images")
    for dataset in ("double", "colored"):
        for _ in synthesize(root / dataset, dataset, *digits, synthesis_config):
            pass
    return {dataset: root / dataset for dataset in ("double", "colored")}


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A folder with four small models, three of paper A and one of B, as stages export them."""
    from crossmodal.inference.bundle import write_bundle
    from tests.src.inference.conftest import make_direct_bundle, make_mapping_bundle
    from tests.src.inference.skipmodal.small_bundles import make_skip_bundle

    folder = tmp_path_factory.mktemp("models")
    bundles = {
        "double-conv_vae": make_mapping_bundle("double", folder),
        "colored-conv_vae": make_mapping_bundle("colored", folder),
        "double-direct": make_direct_bundle(folder),
        "skipmodal-ours-0": make_skip_bundle("ours-0", folder),
    }
    for name, bundle in bundles.items():
        bundle.description.values["name"] = name
        for key in bundle.tensors.keys() & {"autoencoder.decoder.2.weight"}:
            # Untrained, it would draw everything in one grey, which no one could read.
            bundle.tensors[key] *= 100
        write_bundle(folder / name, bundle, lambda values: f"# {values['name']}\n\nmade up\n")
    return folder


def reset() -> None:
    """What results depend on, as `prepare_runtime` sets it, but for denormal numbers."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # sums, and so small trainings, differ with the count
    torch.set_flush_denormal(False)  # hypothesis asks for such numbers
    torch.set_deterministic_debug_mode("error")


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same state, whichever ran before it."""
    reset()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef) -> None:
    """So does what tests share, whichever of them asks for it first."""
    if fixturedef.scope != "function":
        reset()
