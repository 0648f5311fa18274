"""The embedded data sets: official layouts, the same bytes, nothing shared between splits."""

import time

import numpy as np
import pytest
from PIL import Image

from crossmodal.config.skipmodal.synthesis import SpeakSentences, SynthesizeScenes
from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.captions import captions, spoken
from crossmodal.data.skipmodal.coco import read_coco
from crossmodal.data.skipmodal.ljspeech import read_ljspeech
from crossmodal.data.skipmodal.scene_dataset import digit_sources, synthesize_scenes
from crossmodal.data.skipmodal.scene_json import (
    READER,
    SCENES_FILE,
    keep_reader,
    kept_reader,
    read_scenes,
    scenes_path,
)
from crossmodal.data.skipmodal.scenes import SPLITS, Splitter
from crossmodal.data.skipmodal.spectrogram import read_clip
from crossmodal.data.skipmodal.spoken_corpus import draw_sentences, speak_corpus
from crossmodal.errors import DataError, ParameterError
from crossmodal.files import sha256
from crossmodal.words import DIGIT_WORDS
from tests.src.data.skipmodal.conftest import PARAMS, spectrogram_config

COUNTS = {"train": 12, "validation": 4, "test": 3, "binding": 2}


def hashes(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


@pytest.fixture(scope="module")
def scene_config():
    values = {"canvas": 48, "counts": COUNTS}
    return SynthesizeScenes.parse(PARAMS["synthesize_scenes"] | values, "synthesize_scenes")


def speak_config(**changes):
    values = {"counts": COUNTS, "other_share": 0.25} | changes
    return SpeakSentences.parse(PARAMS["speak_sentences"] | values, "speak_sentences")


def speak(folder, corpus, config):
    """Record what always can be said."""
    return speak_corpus(folder, corpus, config, 12, BrokenInputs(0, "limit"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """What reads digits, in a folder as it is saved."""
    folder = tmp_path_factory.mktemp("classifier")
    for name in ("digits.json", "digits.safetensors"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture(scope="module")
def scenes(scene_config, digits, held_out, reader, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes") / "scenes"
    steps = list(synthesize_scenes(folder, *digits, scene_config, held_out, reader))
    assert [steps.count(split) for split in SPLITS] == list(COUNTS.values())
    return folder


@pytest.fixture(scope="module")
def sentences(held_out, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentences") / "sentences"
    config = speak_config()
    list(speak(folder, draw_sentences(config, held_out), config))
    return folder


def test_pictures_and_captions_are_cocos_and_of_the_true_scene(scenes, held_out):
    splitter, ids = Splitter(held_out), []
    for split, count in COUNTS.items():
        broken = BrokenInputs(0, "limit")
        images = read_coco(scenes, split, broken)
        shown = read_scenes(scenes_path(scenes, split))
        assert len(images) == len(shown) == count and not broken.found
        for image in images:
            scene = shown[str(image.id)]
            assert scene.side == "seen" and splitter.split_of(scene) == split
            assert list(image.captions) == captions(scene)
            with Image.open(image.path) as picture:
                assert picture.size == (48, 48) and picture.mode == "RGB"
        ids += [image.id for image in images]
    assert len(ids) == len(set(ids))


def test_scenes_are_the_same_each_time(scenes, scene_config, digits, held_out, reader, tmp_path):
    list(synthesize_scenes(tmp_path / "again", *digits, scene_config, held_out, reader))
    assert hashes(tmp_path / "again") == hashes(scenes)
    other = scene_config.model_copy(update={"seed": 1})
    list(synthesize_scenes(tmp_path / "other", *digits, other, held_out, reader))
    same = set(hashes(tmp_path / "other").items()) & set(hashes(scenes).items())
    assert {name for name, _ in same} == {"reader/digits.json", "reader/digits.safetensors"}


def test_what_reads_digits_lies_beside_the_scenes_and_beside_their_shards(
    scenes, reader, coco, tmp_path
):
    assert hashes(scenes / READER) == hashes(reader)
    keep_reader(scenes, tmp_path)
    assert hashes(kept_reader(tmp_path)) == hashes(reader)
    keep_reader(coco, tmp_path / "own")  # of images of your own nothing is known
    assert not kept_reader(tmp_path / "own").exists()


def test_no_digit_of_mnist_is_drawn_in_two_of_training_validation_and_evaluation(digits):
    sources = digit_sources(*digits)
    seen = {
        split: {image.tobytes() for word in DIGIT_WORDS for image in sources[split][word]}
        for split in SPLITS
    }
    assert [len(seen[split]) for split in SPLITS] == [50, 10, 60, 60]
    for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
        assert not seen[first] & seen[second]
    assert seen["test"] == seen["binding"]


def test_recordings_are_ljspeechs_and_of_the_true_scene(sentences, held_out):
    splitter, texts = Splitter(held_out), []
    for split, count in COUNTS.items():
        broken = BrokenInputs(0, "limit")
        rows = read_ljspeech(sentences / split, broken)
        about = read_scenes(sentences / split / SCENES_FILE)
        assert [row.id for row in rows] == list(about) and not broken.found
        assert len(rows) == count
        for row in rows:
            scene = about[row.id]
            if scene:
                assert scene.side == "heard" and splitter.split_of(scene) == split
                assert row.text in spoken(scene)
            assert len(read_clip(row.path, spectrogram_config())) > 4000
        others = sum(scene is None for scene in about.values())
        assert others == (3 if split == "train" else 0)
        texts += [row.text for row in rows]
    assert len(texts) == len(set(texts))


def test_pictures_and_recordings_share_no_text(scenes, sentences):
    broken = BrokenInputs(0, "limit")
    seen = {
        text for s in SPLITS for image in read_coco(scenes, s, broken) for text in image.captions
    }
    heard = {row.text for s in SPLITS for row in read_ljspeech(sentences / s, broken)}
    assert not seen & heard


@pytest.mark.parametrize("threads", [1, 3])
def test_recordings_are_the_same_each_time(sentences, held_out, tmp_path, threads):
    config = speak_config(threads=threads)
    corpus = draw_sentences(config, held_out)
    list(speak(tmp_path / "again", corpus, config))
    assert hashes(tmp_path / "again") == hashes(sentences)


def test_more_sentences_than_there_are_say_what_to_lower(held_out, monkeypatch):
    monkeypatch.setattr("crossmodal.data.skipmodal.spoken_corpus.ATTEMPTS", 300)
    config = speak_config(counts=COUNTS | {"validation": 290})
    with pytest.raises(ParameterError, match=r"lower speak_sentences\.counts\.validation"):
        draw_sentences(config, held_out)


@pytest.mark.parametrize("text", ["[]", "3", '{"a": 3}', '{"a": {"items": [{"size": 1}]}}', "{"])
def test_other_json_is_no_scene(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json"):
        read_scenes(tmp_path / "a.json")


def test_a_stopped_synthesis_leaves_nothing(scene_config, digits, held_out, reader, tmp_path):
    steps = synthesize_scenes(tmp_path / "scenes", *digits, scene_config, held_out, reader)
    assert np.all([next(steps) == "train" for _ in range(3)])
    steps.close()
    assert not list(tmp_path.iterdir())


def test_stopped_recordings_leave_nothing_and_say_no_more(held_out, tmp_path, monkeypatch):
    said = []

    class Voice:
        sample_rate = 24_000

        def __call__(self, text, speed, seed):
            said.append(text)
            time.sleep(0.01)
            return np.ones(100, np.float32)

    monkeypatch.setattr("crossmodal.data.skipmodal.spoken_corpus.Hibari", Voice)
    config = speak_config(counts=COUNTS | {"train": 200})
    clips = speak(tmp_path / "sentences", draw_sentences(config, held_out), config)
    assert next(clips) == "train"
    clips.close()
    assert not list(tmp_path.iterdir())
    assert len(said) < 100
