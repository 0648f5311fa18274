"""The scale `photos`: captions that people wrote, sentences for the voice, no digit scenes."""

import json

import numpy as np
import pytest
import yaml
from PIL import Image

from crossmodal.config.skipmodal.planned_runs import Run
from crossmodal.data.skipmodal import spoken_corpus
from crossmodal.data.skipmodal.pairs import BROKEN
from crossmodal.errors import ParameterError
from crossmodal.evaluate.skipmodal.copied_captions import part_captions
from crossmodal.evaluate.skipmodal.measures import measure_task, wrong_images
from crossmodal.files import read_json
from crossmodal.inference import load
from crossmodal.words import DIGIT_WORDS
from pipeline import check_params
from pipeline.run_scale import fill_in, merge
from pipeline.skipmodal import (
    embed_scene_images,
    evaluate_skipmodal,
    export_skipmodal,
    generate_skipmodal,
    measure_ceilings,
    plan_skipmodal,
    shard_captions,
    shard_speech,
    speak_sentences,
    train_embedded,
    train_post_net,
    write_skipmodal_tables,
)
from pipeline.skipmodal.pair_data import load_run, open_images
from pipeline.skipmodal.paths import EFFICIENTNET, IMAGE_TEXT
from tests.pipeline.skipmodal.made_up_runs import Noise
from tests.pipeline.skipmodal.tiny_skipmodal import TINY_CBHG, save_frozen

CAPTIONS = ("Many boats lie in the harbor.", "a harbor with white boats", "boats beside a pier")
LONGEST = "There are some green trees and a gray road around the small square building here."
COUNTS = {"train": 6, "val": 3, "test": 3}


def write_photographs(folder, side):
    """Photographs that are noise, with captions, in COCO's layout; sentences about others."""
    rng = np.random.default_rng(0)
    number = 0
    for split, count in COUNTS.items():
        (folder / split).mkdir(parents=True)
        known = {"images": [], "annotations": []}
        for _ in range(count):
            number += 1
            name = f"{number:012d}.jpg"
            pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
            Image.fromarray(pixels).save(folder / split / name)
            known["images"].append({"id": number, "file_name": name})
            for place, text in enumerate(CAPTIONS):
                annotation = {"id": 10 * number + place, "image_id": number, "caption": text}
                known["annotations"].append(annotation)
        path = folder / "annotations" / f"captions_{split}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(known))
    sentences = [LONGEST, *(f"{count} cars on a bridge." for count in DIGIT_WORDS)]
    rows = [f"other-{number}|{text}" for number, text in enumerate(sentences)]
    (folder / "sentences.csv").write_text("\n".join(rows) + "\n")


def photo_params(project):
    """params.yaml with the scale's values."""
    path = project / "scales/photos.yaml"
    values = yaml.safe_load((project / "params.yaml").read_text())
    return merge(values, fill_in(yaml.safe_load(path.read_text()), path), "photos")


@pytest.fixture
def folder(project, tmp_path, monkeypatch):
    """A project with the scale's parameters as they are, but for the few sentences."""
    monkeypatch.setenv("CROSSMODAL_PHOTOS", str(tmp_path / "own"))
    monkeypatch.setattr(spoken_corpus, "Hibari", Noise)
    values = photo_params(project)
    values["speak_sentences"]["splits"] = {
        "train": "[:60%]",
        "validation": "[60%:80%]",
        "test": "[80%:]",
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_scale_is_valid_and_its_settings_follow_from_the_data(folder):
    write_photographs(folder / "own", 32)
    check_params.main()
    for each in (shard_captions, speak_sentences, shard_speech, plan_skipmodal):
        each.main()
    splits = ("train", "validation", "test")
    assert [len(open_images(split)) for split in splits] == [6, 3, 3]
    ours = load_run("ours-0", Run).network
    assert ours.slots == len(LONGEST.split())
    assert ours.max_symbols > len(LONGEST) and ours.image_encoder == "efficientnet_lite0"
    assert ours.image_decoder.image_size == 256 == open_images("test").images.shape[2]
    assert load_run("piecewise-0", Run).maps == load_run("ours-0", Run).maps
    assert not (folder / "data/scenes").exists() and not (folder / "data/raw/mnist").exists()


def test_without_the_folder_the_scale_says_what_to_set(project, folder, monkeypatch):
    with pytest.raises(ParameterError, match=r"shard_captions.folder: .*own is missing"):
        check_params.main()
    monkeypatch.delenv("CROSSMODAL_PHOTOS")
    with pytest.raises(ParameterError, match=r"photos\.yaml: set .* CROSSMODAL_PHOTOS"):
        photo_params(project)


@pytest.mark.slow
def test_photographs_are_trained_on_measured_and_exported(folder):
    write_photographs(folder / "own", 80)
    values = yaml.safe_load((folder / "params.yaml").read_text())
    maps = {"size": 64, "stages": [7]}
    values["shard_captions"] |= {"image_size": 64, "block_size": 2}
    values["embed_scene_images"] = maps
    values["train_post_net"] |= {"cbhg": TINY_CBHG, "batch_size": 2, "bucket_batches": 1}
    values["train_post_net"]["optimization"]["warmup_steps"] = 1
    values["train_post_net"]["running"]["steps"] = 2
    values["spectrograms"]["griffin_lim_iterations"] = 2
    ours = values["skipmodal"]["architectures"]["ours"]
    ours["network"]["pretrained"] = maps
    ours["training"]["batching"] |= {"batch_size": 4, "image_share": 0.5}
    ours["training"]["optimization"] |= {"warmup_steps": 1, "restarts": []}
    ours["training"]["running"] |= {"steps": 4, "log_steps": 1, "validation_steps": 4}
    runs = {"networks": [], "embedded": ["ours-0"], "cyclegans": [], "all": ["ours-0"]}
    values["skipmodal"]["runs"] = runs
    values["measure_ceilings"]["clips"] = 1
    values["generate_skipmodal"]["spoken"]["test"] = 1
    values["evaluate_skipmodal"]["java_scores"] = False
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    save_frozen(EFFICIENTNET)
    for each in (shard_captions, speak_sentences, shard_speech, plan_skipmodal, train_post_net):
        each.main()
    embed_scene_images.main()
    for stage in (train_embedded, generate_skipmodal, evaluate_skipmodal, export_skipmodal):
        stage.main("ours-0")
    measure_ceilings.main()
    write_skipmodal_tables.main()
    limits = read_json(folder / "data/measures/skipmodal/ceilings.json")["test"]
    assert limits["nearest"]["bleu1"] == limits["agreed"]["bleu1"] == pytest.approx(1)
    tables = (folder / "metrics/skipmodal/tables.md").read_text()
    assert "own folders" in tables and "digit scenes" not in tables
    written = read_json(folder / "data/generated/skipmodal/ours-0/test/texts.json")
    said = load(folder / "data/bundles/skipmodal/ours-0").generate(
        folder / "own/test/000000000012.jpg", to="text"
    )
    assert said.text == " ".join(written["image_to_text"]["12"].split())


@pytest.mark.slow
def test_real_photographs_are_all_used_in_their_own_split(folder, real):
    if not (real / "ucm").is_dir():
        pytest.skip(f"{real} has no folder ucm with captioned photographs")
    (folder / "own").symlink_to(real.resolve() / "ucm")
    shard_captions.main()
    stores = [open_images(split) for split in ("train", "validation", "test")]
    assert [len(store) for store in stores] == [1680, 210, 210]
    assert read_json(IMAGE_TEXT / BROKEN)["counts"] == {}
    assert all(store.images.shape[1:] == (3, 256, 256) for store in stores)
    assert {len(texts) for store in stores for texts in store.texts} == {5}
    said, others = part_captions(stores[2].texts)
    person = measure_task(said, others, java=False)
    floor = wrong_images(stores[2].texts, None, java=False)
    assert person["bleu4"] > 0.7 and person["cider"] > 3.5
    assert floor["bleu4"] < 0.1 and floor["cider"] < 0.2
