"""No held-out image or class reaches anything that is trained: spoilt ones change no byte."""

import shutil

import numpy as np
import pyarrow as pa
import pytest
import yaml

import pipeline.mapping.embed_images
import pipeline.mapping.train_autoencoder
import pipeline.mapping.train_direct
import pipeline.mapping.train_mapping
from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.data.mnist import Digits
from crossmodal.embed.mapping.table import EmbeddingTable, create_table
from crossmodal.files import sha256
from crossmodal.models.mapping.names import AUTOENCODERS
from pipeline.mapping.paths import IMAGES, MODALITIES
from pipeline.paths import MODELS
from tests.conftest import HELD_OUT


@pytest.fixture
def params(project):
    """The smoke scale, smaller still."""
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["synthesize_images"]["held_out"] = list(HELD_OUT)
    values["train_autoencoder"]["epochs"]["double"] = dict.fromkeys(AUTOENCODERS, 1)
    values["train_mapping"] |= {"seeds": [0], "steps": 20}
    values["train_direct"] |= {"seeds": [0], "steps": 3, "channels": 8}
    return values


def start_project(folder, params, images, monkeypatch):
    """Go to a new folder with these parameters and images of *double*."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copytree(images, folder / IMAGES / "double")


def train_all(folder, params, images, monkeypatch):
    """Every training stage of *double* in a folder of its own; hashes of all weights."""
    start_project(folder, params, images, monkeypatch)
    rng = np.random.default_rng(0)
    for path in MODALITIES.values():
        with create_table(path, pa.string(), 13) as table:
            table.write(VOCABULARY, "vocabulary", rng.normal(size=(13, 13)).astype(np.float32))
    for model in AUTOENCODERS:
        pipeline.mapping.train_autoencoder.main("double", model)
        pipeline.mapping.embed_images.main("double", model)
    pipeline.mapping.train_mapping.main("double")
    pipeline.mapping.train_direct.main("double")
    return {p.relative_to(folder): sha256(p) for p in (folder / MODELS).rglob("*.safetensors")}


def test_spoilt_held_out_images_change_no_trained_byte(
    params, image_folders, digits, synthesis_config, tmp_path, monkeypatch
):
    train, test = digits
    spoilt_digits = Digits(255 - test.images, test.labels)
    for _ in synthesize(tmp_path / "spoilt", "double", train, spoilt_digits, synthesis_config):
        pass
    clean = train_all(tmp_path / "a", params, image_folders["double"], monkeypatch)
    spoilt = train_all(tmp_path / "b", params, tmp_path / "spoilt", monkeypatch)
    assert len(clean) == 4 + 4 * 2 + 2
    assert clean == spoilt
    # The held-out images did differ, and were embedded after training.
    embedded = "data/embeddings/images/double/mlp_ae/0.parquet"
    held_out = [EmbeddingTable(tmp_path / run / embedded).read("held_out")[1] for run in "ab"]
    assert not np.allclose(*held_out)
    assert all(np.isfinite(vectors).all() for vectors in held_out)


def test_spoilt_training_images_do_change_them(
    params, image_folders, digits, synthesis_config, tmp_path, monkeypatch
):
    """The check above can fail."""
    train, test = digits
    spoilt_digits = Digits(255 - train.images, train.labels)
    for _ in synthesize(tmp_path / "spoilt", "double", spoilt_digits, test, synthesis_config):
        pass
    weights = []
    for run, images in (("a", image_folders["double"]), ("b", tmp_path / "spoilt")):
        start_project(tmp_path / run, params, images, monkeypatch)
        pipeline.mapping.train_autoencoder.main("double", "mlp_ae")
        weights.append(sha256(MODELS / "autoencoder/double/mlp_ae/0.safetensors"))
    assert weights[0] != weights[1]
