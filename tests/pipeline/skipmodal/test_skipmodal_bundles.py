"""What paper B's runs are exported as makes what they have made, and says what they are."""

import shutil

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file

from crossmodal.data.audio import read_audio
from crossmodal.errors import DataError
from crossmodal.files import read_json
from crossmodal.inference import Recording, load
from pipeline.skipmodal import export_skipmodal
from pipeline.skipmodal.pair_data import open_images
from pipeline.skipmodal.paths import SENTENCES
from tests.pipeline.skipmodal.tiny_skipmodal import COUNTS, RUNS, hashes


@pytest.mark.parametrize("run", RUNS["networks"])
def test_a_bundle_makes_what_the_run_has_made(trained, run, monkeypatch):
    monkeypatch.chdir(trained)
    export_skipmodal.main(run)
    model = load(f"data/bundles/skipmodal/{run}")
    generated = trained / "data/generated/skipmodal" / run / "test"
    written = read_json(generated / "texts.json")["image_to_text"]
    pictures = load_file(generated / "pictures.safetensors")["text_to_image"]
    store = open_images("test")
    for row, name in enumerate(store.ids):
        pixels = np.ascontiguousarray(store.images[row].transpose(1, 2, 0))
        told = model.generate(pixels, to="text")
        assert told.text == " ".join(written[name].split())
        said = model.generate(pixels, to="speech")
        # What `ours` speaks may differ, as it avoids words that no recording says.
        assert run == "ours-0" or said.text == told.text
        drawn = model.generate(store.chosen()[row], to="image").image
        assert np.abs(drawn.astype(int) - pictures[row]).max() <= 1
        if (path := generated / "image_to_speech" / f"{name}.wav").is_file():
            samples, rate = read_audio(path)
            assert said.rate == rate == 16_000 and len(said.samples) == len(samples)
            # There it was one of a batch.
            assert np.abs(said.samples - samples).max() < 1e-3
    spoken = next((trained / SENTENCES / "test/wavs").glob("*.wav"))
    assert model.generate(Recording(*read_audio(spoken)), to="image").image.shape == (64, 64, 3)


def test_a_bundle_says_what_it_was_trained_on_and_is_the_same_every_time(trained, monkeypatch):
    monkeypatch.chdir(trained)
    export_skipmodal.main("ours-0")
    folder = trained / "data/bundles/skipmodal/ours-0"
    before = hashes(folder)
    export_skipmodal.main("ours-0")
    assert hashes(folder) == before and len(before) == 3
    known = read_json(folder / "model.json")
    measured = read_json(trained / "data/measures/skipmodal/runs/ours-0.json")
    params = yaml.safe_load((trained / "params.yaml").read_text())
    assert known["held_out"] == params["held_out"]
    assert known["metrics"] == measured["splits"]
    assert {"a", "the"} < {*known["vocabulary"]} and "a," not in known["vocabulary"]
    splits = [item["split"] for item in known["gallery"]]
    assert splits == ["train"] * COUNTS["train"] + ["test"] * COUNTS["test"]
    card = (folder / "README.md").read_text()
    wer = known["metrics"]["test"]["image_to_speech"]["wer"]
    assert (
        f"| test | image to speech | {wer:.2f} |" in card
        and known["files"]["weights.safetensors"]["sha256"] in card
    )


def test_a_run_that_was_not_evaluated_is_not_exported(trained, tmp_path, monkeypatch):
    for part in ("data/models", "data/pairs", "data/runs"):
        shutil.copytree(trained / part, tmp_path / part)
    shutil.copy(trained / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"runs/ours-0.json"):
        export_skipmodal.main("ours-0")
    assert not (tmp_path / "data/bundles").exists()
