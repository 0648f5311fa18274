"""A trained project, small but whole, exported and loaded."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile
import yaml
from huggingface_hub import ModelCard

import pipeline.mapping.embed_images
import pipeline.mapping.embed_speech
import pipeline.mapping.export_model
import pipeline.mapping.train_autoencoder
import pipeline.mapping.train_direct
import pipeline.mapping.train_mapping
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.table import EmbeddingTable, create_table
from crossmodal.errors import DataError, ParameterError
from crossmodal.files import read_json, sha256, write_json
from crossmodal.inference import load, read_description
from crossmodal.models.classifier import DigitClassifier, load_classifier
from crossmodal.models.mapping.autoencoder import load_autoencoder
from crossmodal.models.mapping.mapping import load_mapping
from crossmodal.models.weights import save_weights
from pipeline.mapping.paths import IMAGES, MAPPING_MEASURES, MODALITIES, SPOKEN_WORDS
from tests.conftest import HELD_OUT
from tests.src.inference.conftest import make_sound

CLASSIFIER = Path("data/models/classifier/digits")
MEASURES = {"psnr": 15.0, "read": 0.5}


def make_params(project):
    """The laptop scale, far smaller, with seeds that are told apart."""
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["mapping"] = {"datasets": ["double"], "autoencoders": ["mlp_ae"]}
    values["synthesize_images"]["held_out"] = list(HELD_OUT)
    values["train_autoencoder"]["epochs"]["double"]["mlp_ae"] = 1
    values["train_autoencoder"]["seeds"]["double"] = [5, 6]
    values["train_mapping"] |= {"seeds": [8, 9], "steps": 20}
    values["train_mapping"]["captioner"] |= {"hidden_size": 16, "steps": 60}
    values["train_direct"] |= {"seeds": [4], "steps": 3, "channels": 8}
    values["export_model"]["gallery"] = 200
    return values


@pytest.fixture(scope="module")
def trained(project, image_folders, tmp_path_factory):
    """A project folder with everything that the stage needs."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "params.yaml").write_text(yaml.safe_dump(make_params(project)))
    shutil.copytree(image_folders["double"], folder / IMAGES / "double")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        SPOKEN_WORDS.mkdir(parents=True)
        for number, word in enumerate(VOCABULARY):
            sound = np.pad(make_sound(number), 1200)
            soundfile.write(SPOKEN_WORDS / f"{word}.wav", sound, 24000, subtype="PCM_16")
        vectors = np.random.default_rng(0).normal(size=(13, 7)).astype(np.float32)
        with create_table(MODALITIES["text"], pa.string(), 7) as table:
            table.write(VOCABULARY, "vocabulary", vectors)
        pipeline.mapping.embed_speech.main()
        pipeline.mapping.train_autoencoder.main("double", "mlp_ae")
        pipeline.mapping.embed_images.main("double", "mlp_ae")
        pipeline.mapping.train_mapping.main("double")
        pipeline.mapping.train_direct.main("double")
        save_weights(
            Path("data/models/classifier/digits"), DigitClassifier(), {"test_accuracy": 0.5}
        )
        for model in ("mlp_ae", "direct"):
            measured = {"text": MEASURES, "speech": MEASURES}
            write_json(MAPPING_MEASURES / "double" / f"{model}.json", measured)
        pipeline.mapping.export_model.main("double")
    return folder


@pytest.fixture
def inside(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def hashes(folder: Path):
    return {path.name: sha256(path) for path in folder.iterdir()}


def test_exporting_again_gives_the_same_bytes(inside):
    folders = [Path("data/bundles") / f"double/{model}" for model in ("mlp_ae", "direct")]
    before = [hashes(folder) for folder in folders]
    assert all(set(h) == {"README.md", "model.json", "weights.safetensors"} for h in before)
    pipeline.mapping.export_model.main("double")
    assert [hashes(folder) for folder in folders] == before


def test_the_first_seeds_are_exported(inside):
    bundle = load("data/bundles/double/mlp_ae")
    network = load_autoencoder(Path("data/models/autoencoder/double/mlp_ae/5"))
    for name, value in network.state_dict().items():
        assert (bundle.autoencoder.state_dict()[name] == value).all()
    # The mapping of that auto-encoder has its statistics.
    table = EmbeddingTable(Path("data/embeddings/images/double/mlp_ae/5.parquet"))
    assert np.array_equal(bundle.mapping("speech").mean.numpy(), table.mean)


def test_the_captioner_goes_along_and_finds_words_of_pictures(inside):
    bundle = load("data/bundles/double/mlp_ae")
    for modality in MODALITIES:
        trained = load_mapping(Path(f"data/models/mapping/double/mlp_ae-5-{modality}-8"))
        ours = bundle.mapping(modality).captioner.state_dict()
        assert all((ours[k] == v).all() for k, v in trained.captioner.state_dict().items())
    found = bundle.description.values["found"]
    assert found["image to text"]["train"] == pytest.approx(by_hand(bundle, "text"), abs=1e-4)


def by_hand(bundle, modality):
    """The share of the gallery's images of trained classes whose class the captioner finds."""
    mapping = bundle.mapping(modality)
    captions = mapping.caption(bundle.gallery).detach().numpy()
    words = list(bundle.classes)
    sources = np.stack([bundle.embed(modality, each).numpy() for each in words])
    distances = np.linalg.norm(captions[:, None] - sources[None], axis=2)
    seen = [row for row, label in enumerate(bundle.labels) if bundle.is_seen(words[label])]
    return (distances.argmin(1) == bundle.labels.numpy())[seen].mean()


def test_the_classifier_goes_along_and_reads_pictures(inside):
    bundle = load("data/bundles/double/mlp_ae")
    trained = load_classifier(Path("data/models/classifier/digits")).state_dict()
    assert all(
        (bundle.classifier.state_dict()[key] == value).all() for key, value in trained.items()
    )
    assert bundle.description.values["classifier"] == {"test_accuracy": 0.5}
    picture = bundle.retrieve("75", 1)[0].image
    read = bundle.generate(picture, "text")
    assert read.reading.confidence < 0.9 and "hard to read" in read.warning


def test_recordings_and_vectors_are_those_of_the_training(inside):
    bundle = load("data/bundles/double/mlp_ae")
    for name, path in MODALITIES.items():
        table = EmbeddingTable(path)
        expected = table.standardize(table.read("vocabulary")[1])
        assert np.array_equal(bundle.words[name].numpy(), expected)
    seven = soundfile.read(SPOKEN_WORDS / "seven.wav", dtype="float32")[0]
    assert np.array_equal(bundle.recordings[7], seven)


def test_the_gallery_has_each_class_alike_with_its_embeddings(inside):
    bundle = load("data/bundles/double/mlp_ae")
    assert np.bincount(bundle.labels, minlength=100).tolist() == [2] * 100
    block = next(ShardReader(IMAGES / "double", "train").read_all())
    items = bundle.retrieve(block.images[0, 0], 1)
    assert items[0].distance < 1e-2 and np.array_equal(items[0].image, block.images[0, 0])


def test_the_description_has_metrics_and_data(inside):
    known = read_description(Path("data/bundles/double/mlp_ae"))
    assert known.metrics == {"text": MEASURES, "speech": MEASURES}
    assert {source["name"] for source in known.data} >= {"MNIST", "English Wikipedia"}
    assert known.values["held_out"] == list(HELD_OUT)
    assert set(known.values["found"]) == {
        "text to speech", "speech to text", "image to text", "image to speech",
    }  # fmt: skip


def test_the_cards_tell_hubs_what_was_measured(inside):
    measured = read_json(MAPPING_MEASURES / "double/mlp_ae.json")
    known = ModelCard.load(Path("data/bundles/double/mlp_ae/README.md")).data
    told = {(r.task_type, r.metric_type): r.metric_value for r in known.eval_results}
    assert told == {
        (f"{modality}-to-image", kind): measured[modality][name]
        for modality in ("text", "speech")
        for kind, name in (("psnr", "psnr"), ("accuracy", "read"))
    }
    assert known.model_name == "double-mlp_ae" and known.license == "cc-by-sa-4.0"


def test_words_and_speech_become_pictures(inside):
    for model in ("mlp_ae", "direct"):
        bundle = load(f"data/bundles/double/{model}")
        assert bundle.generate("75", "image").image.shape == (28, 56)


def test_what_does_not_fit_together_is_refused_and_nothing_is_written(
    inside, image_folders, tmp_path, monkeypatch
):
    shutil.copytree(inside, tmp_path / "other", ignore=shutil.ignore_patterns("bundles"))
    monkeypatch.chdir(tmp_path / "other")
    shutil.rmtree(IMAGES / "double")
    shutil.copytree(image_folders["colored"], IMAGES / "double")
    with pytest.raises(DataError, match="not of the same images"):
        pipeline.mapping.export_model.main("double")
    assert not Path("data/bundles/double/mlp_ae").exists()
    shutil.rmtree("data/bundles")
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["export_model"]["gallery"] = 0
    Path("params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(ParameterError, match=r"export_model\.gallery = 0; allowed"):
        pipeline.mapping.export_model.main("double")
    assert not Path("data/bundles").exists()
