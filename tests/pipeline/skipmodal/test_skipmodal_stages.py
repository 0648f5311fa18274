"""Paper B from pairs to tables and bundles, smaller than the smoke scale, in this process."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.numpy import load_file

from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.data.audio import read_audio
from crossmodal.data.skipmodal.scene_json import kept_reader
from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.tasks import DRAWINGS, VIA_TEXT
from crossmodal.files import read_json, write_json
from crossmodal.inference import Recording, load
from crossmodal.models.skipmodal.efficientnet import EfficientNetLite0, embed_pixels, load_frozen
from pipeline import live_curves
from pipeline.paths import LOGS
from pipeline.skipmodal import (
    embed_scene_images,
    evaluate_skipmodal,
    export_skipmodal,
    generate_skipmodal,
    plan_skipmodal,
    train_embedded,
    train_skipmodal,
)
from pipeline.skipmodal.pair_data import open_embedded_images, open_images
from pipeline.skipmodal.paths import CLASSIFIER, EFFICIENTNET, IMAGE_TEXT, SENTENCES
from tests.pipeline.skipmodal.tiny_skipmodal import COUNTS, MAPS, RUNS, hashes


def test_every_run_can_do_what_it_should(trained):
    generated = trained / "data/generated/skipmodal"
    written = {"image_to_text", "speech_to_text"}
    spoken = {"image_to_speech", "text_to_speech"}
    for run, texts, speech in (
        ("paper-0", written | {"text_to_text"}, spoken),
        ("ours-0", written | {"text_to_text"}, spoken | {VIA_TEXT}),
        ("piecewise-0", written, spoken),
        ("ours_efficientnet-0", written | {"text_to_text"}, spoken),
        ("cyclegan-0", set(), {"image_to_speech"}),
    ):
        for split in ("test", "binding"):
            made = read_json(generated / run / split / "texts.json")
            assert set(made) == texts
            assert all(len(said) == COUNTS[split] for said in made.values())
            folders = [path for path in (generated / run / split).iterdir() if path.is_dir()]
            assert {path.name for path in folders} == speech
            assert all(len(list(path.glob("*.wav"))) == 2 for path in folders)
        assert not [path for path in (generated / run / "validation").iterdir() if path.is_dir()]
        measured = read_json(trained / f"data/measures/skipmodal/runs/{run}.json")
        assert measured["variant"] == run.split("-")[0] and measured["data"] == "digit scenes"
        assert set(measured["splits"]["test"]) == (texts | speech) - {"text_to_text"}


def test_vectors_are_those_of_the_first_items_and_are_searched(trained):
    for run, size in (("paper-0", 16), ("ours-0", 8 * 96), ("ours_efficientnet-0", 8 * 96)):
        vectors = load_file(trained / f"data/generated/skipmodal/{run}/test/vectors.safetensors")
        assert {name: each.shape for name, each in vectors.items()} == dict.fromkeys(
            ("image", "caption", "text", "speech"), (4, size)
        )
        measured = read_json(trained / f"data/measures/skipmodal/runs/{run}.json")
        assert measured["retrieval"]["test"]["text_to_speech"]["recall@5"] == 1  # of four
        assert measured["retrieval"]["test"]["image_to_text"]["queries"] == 4
        assert 0 <= measured["retrieval"]["test"]["speech_to_image"]["right@1"] <= 1
    found = (trained / "metrics/skipmodal/retrieval.md").read_text()
    assert found.count("## ") == 4 and "**image to speech**" in found


def test_transcripts_stand_beside_their_references(trained):
    told = read_json(trained / "data/transcripts/skipmodal/piecewise-0.json")["test"]
    made = read_json(trained / "data/generated/skipmodal/piecewise-0/test/texts.json")
    assert set(told) == set(made) | {"image_to_speech", "text_to_speech"}
    for name, text in made["image_to_text"].items():
        assert told["image_to_text"][name]["said"] == text
        assert len(told["image_to_text"][name]["references"]) == 6
    assert all(len(each["references"]) == 1 for each in told["text_to_speech"].values())


def test_clips_are_as_long_as_the_network_made_them(trained):
    hop = 200
    folder = trained / "data/generated/skipmodal/cyclegan-0/test/image_to_speech"
    lengths = {len(read_audio(path)[0]) for path in folder.glob("*.wav")}
    known = read_json(trained / "data/models/skipmodal/cyclegan-0/both.json")
    assert lengths == {(known["length"] - 1) * hop}
    for path in trained.glob("data/generated/skipmodal/paper-0/test/*/*.wav"):
        assert len(read_audio(path)[0]) <= (6 * 5 - 1) * hop


def test_recordings_are_heard_better_than_any_untrained_run(trained):
    ceilings = read_json(trained / "data/measures/skipmodal/ceilings.json")
    assert set(ceilings) == {"test", "binding"}
    limits = ceilings["test"]
    recordings = {"original", "griffin_lim", "post_net"}
    captions = {"caption", "nearest", "agreed", "wrong_images"}
    assert set(limits) == recordings | captions | {"pictures", "wrong_pictures"}
    assert limits["caption"]["bleu1"] > limits["wrong_images"]["bleu1"]
    assert limits["pictures"]["psnr"] == 60 and limits["pictures"]["bright"] == 1
    assert limits["original"]["wer"] <= limits["post_net"]["wer"]
    assert limits["original"]["wer"] < 0.5 and limits["original"]["items"] == 2
    assert limits["wrong_images"]["attributes"]["scenes"] < 1


def test_tables_show_all_runs(trained):
    tables = (trained / "metrics/skipmodal/tables.md").read_text()
    for name in ("T1", "T2", "T3, left", "T3, right", "T4", "T5", "T6, n_k", "T6, d_k"):
        assert f"**{name}. " in tables
    for line in tables.splitlines():
        if line.startswith("| CycleGAN"):
            assert "not run" not in line
    assert "| w/o M |" in tables and "not run" in tables
    assert (trained / "metrics/skipmodal/curves.png").stat().st_size > 10_000


def test_curves_have_losses_and_validations(trained):
    lines = (trained / "metrics/skipmodal/curves/piecewise-0.csv").read_text().splitlines()
    header = lines[0].split(",")
    assert header[:2] == ["part", "step"] and {"mel", "speech_to_text_wer"} <= set(header)
    rows = [dict(zip(header, line.split(","), strict=True)) for line in lines[1:]]
    assert {row["part"] for row in rows} == {"image_text", "text_speech"}
    for row in rows:
        own = "text_a" if row["part"] == "image_text" else "text_b"
        other = "text_b" if own == "text_a" else "text_a"
        assert row[other] == "" and (row[own] or row["mel"] or row["score"])


def test_pictures_of_captions_and_recordings_are_drawn_and_read(trained):
    assert hashes(kept_reader(trained / IMAGE_TEXT)) == hashes(trained / CLASSIFIER)
    for run in RUNS["all"]:
        path = trained / f"data/generated/skipmodal/{run}/test/pictures.safetensors"
        drawn = read_json(trained / f"data/measures/skipmodal/runs/{run}.json")["drawn"]
        assert path.is_file() == (run != "cyclegan-0") == bool(drawn)
        for task in DRAWINGS if drawn else ():
            pictures = load_file(path)[task]
            assert pictures.shape == (COUNTS["test"], 64, 64, 3) and pictures.dtype == np.uint8
            measured = drawn["test"][task]
            assert measured["items"] == 4 and 0 <= measured["attributes"]["overall"] <= 1
            assert measured["bright"] == (pictures.max((1, 2, 3)) >= 128).mean()


TRAININGS = dict.fromkeys(RUNS["networks"], train_skipmodal) | {
    "ours_efficientnet-0": train_embedded
}


@pytest.mark.parametrize("run", TRAININGS)
def test_an_interrupted_training_goes_on_to_the_same_bytes(trained, run, tmp_path, monkeypatch):
    folder = copy_inputs(trained, tmp_path)
    monkeypatch.chdir(folder)

    def stop(steps, total, unit, tell):
        for number, step in enumerate(steps):
            if number == 3:  # a step after a checkpoint; of piecewise: in its second part
                raise KeyboardInterrupt
            yield step

    with monkeypatch.context() as patch:
        patch.setattr(live_curves, "show_progress", stop)
        with pytest.raises(KeyboardInterrupt):
            TRAININGS[run].main(run)
    assert list((folder / ".checkpoints").glob(f"{run}-*.pt"))
    assert not (folder / "data/models/skipmodal" / run).exists()
    TRAININGS[run].main(run)
    assert not list((folder / ".checkpoints").glob("*.pt"))
    for part in (f"data/models/skipmodal/{run}", "metrics/skipmodal/curves"):
        resumed = hashes(folder / part)
        assert resumed.items() <= hashes(trained / part).items() and resumed


@pytest.mark.parametrize("run", ["ours-0", "piecewise-0"])
def test_a_training_leaves_the_same_bytes_whether_it_is_watched(
    trained, run, tmp_path, monkeypatch
):
    for name in ("tensorboard", "dvclive"):
        pytest.importorskip(name, reason="install the extra `log`")
    logged = trained / LOGS / f"train_skipmodal@{run}"
    parts = {path.name for path in logged.iterdir()}
    assert parts == ({"image_text", "text_speech"} if run == "piecewise-0" else {"both"})
    for part in parts:
        assert list(logged.glob(f"{part}/events.out.tfevents.*"))
        steps = (logged / part / "plots/metrics/loss.tsv").read_text().splitlines()[1:]
        scores = (logged / part / "plots/metrics/score.tsv").read_text().splitlines()[1:]
        assert [line.split("\t")[0] for line in steps] == ["2", "4", "5"]
        assert [line.split("\t")[0] for line in scores] == ["3", "5"]
    monkeypatch.chdir(copy_inputs(trained, tmp_path))
    monkeypatch.setattr(live_curves, "LIBRARIES", ())
    train_skipmodal.main(run)
    assert not Path(LOGS).exists()
    for place in (f"data/models/skipmodal/{run}", "metrics/skipmodal/curves"):
        unwatched = hashes(tmp_path / place)
        assert unwatched.items() <= hashes(trained / place).items() and unwatched


def copy_inputs(trained, target):
    """A project with the same inputs of a training and nothing trained."""
    parts = ("data/pairs", "data/runs", "data/scenes/annotations", "data/sentences")
    for part in (*parts, "data/embeddings", "data/raw"):
        shutil.copytree(trained / part, target / part)
    shutil.copy(trained / "params.yaml", target)
    return target


@pytest.mark.parametrize("run", ["ours-0", "cyclegan-0"])
def test_what_is_generated_is_the_same_every_time(trained, run, monkeypatch):
    monkeypatch.chdir(trained)
    folder = trained / "data/generated/skipmodal" / run
    before = hashes(folder)
    generate_skipmodal.main(run)
    assert hashes(folder) == before and len(before) > 6


def test_maps_are_of_the_images_in_their_order(pairs, monkeypatch):
    monkeypatch.chdir(pairs)
    before = hashes(pairs / "data/embeddings/scene_images")
    assert set(before) == {"manifest.json", *(f"{split}.npy" for split in COUNTS)}
    embed_scene_images.main()
    assert hashes(pairs / "data/embeddings/scene_images") == before
    network = EfficientNetLite0(PretrainedMaps.parse(MAPS, "maps"))
    load_frozen(network, EFFICIENTNET)
    for split in ("train", "binding"):
        store = open_embedded_images(split, network.config)
        chosen = np.array([2, 0, 1])
        batch = store.batch(chosen, chosen)
        assert torch.equal(batch.maps, embed_pixels(network, batch.images).float())


def test_maps_of_other_images_or_settings_are_not_trained_on(pairs, tmp_path, monkeypatch):
    monkeypatch.chdir(copy_inputs(pairs, tmp_path))
    path = Path("data/embeddings/scene_images/manifest.json")
    for change in ({"pairs": "0"}, {"size": 128}):
        write_json(path, read_json(path) | change)
        with pytest.raises(DataError, match="but needed are those of"):
            train_embedded.main("ours_efficientnet-0")


def test_a_changed_variant_leaves_the_plan_of_the_others_alone(pairs, tmp_path, monkeypatch):
    params = yaml.safe_load((pairs / "params.yaml").read_text())
    params["skipmodal"]["variants"]["ours"] = {
        "architecture": "ours",
        "network": {"additions": {"order": 0.3}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/pairs").symlink_to(pairs / "data/pairs")
    monkeypatch.chdir(tmp_path)
    plan_skipmodal.main()
    before, after = (hashes(each / "data/runs/skipmodal") for each in (pairs, tmp_path))
    assert set(before) == {f"{run}.json" for run in RUNS["all"]} == set(after)
    assert {name for name in before if before[name] != after[name]} == {"ours-0.json"}


def test_of_data_of_your_own_all_is_measured_that_needs_no_scenes(trained, monkeypatch):
    monkeypatch.chdir(trained)
    metrics = trained / "data/measures/skipmodal/runs/paper-0.json"
    before = metrics.read_bytes()
    monkeypatch.setattr(evaluate_skipmodal, "hear", lambda clips, threads: ["a"] * len(clips[0]))
    for name in ("scenes_of_images", "scenes_of_recordings"):
        monkeypatch.setattr(evaluate_skipmodal, name, lambda store, split: None)
    evaluate_skipmodal.main("paper-0")
    measured = read_json(metrics)
    metrics.write_bytes(before)
    assert measured["data"] == "own folders"
    assert measured["splits"]["test"]["image_to_text"]["attributes"] == {}
    assert measured["splits"]["test"]["image_to_speech"]["distinct_words"] == 1
    drawn = measured["drawn"]["test"]["text_to_image"]
    assert drawn["attributes"] == {} and 0 < drawn["psnr"] < 60
    known = {"image_to_text", "text_to_image", "text_to_speech", "speech_to_text"}
    assert set(measured["retrieval"]["test"]) == known


def test_an_unknown_run_is_named(pairs, monkeypatch):
    monkeypatch.chdir(pairs)
    with pytest.raises(DataError, match=r"paper-7\.json is missing"):
        train_skipmodal.main("paper-7")


def test_a_silent_listener_still_gives_numbers(trained):
    measured = read_json(trained / "data/measures/skipmodal/runs/cyclegan-0.json")
    task = measured["splits"]["test"]["image_to_speech"]
    assert task["items"] == 2 and np.isfinite(task["wer"])


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
