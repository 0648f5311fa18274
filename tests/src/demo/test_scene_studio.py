"""What the page answers with paper B's models, without a page."""

import re

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.demo import fragments
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.studio import Studio
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import Description
from tests.pages import Page
from tests.src.cli.good_files import make_tone, write_scene
from tests.src.inference.skipmodal.small_bundles import PICTURES, SEEN, SIDE, UNSEEN, make_pictures

NAMES = ("skipmodal-ours-0", "skipmodal-piecewise-0")


def test_each_studio_has_its_own_papers_models(bundles, scenes, tmp_path):
    assert tuple(scenes.models) == NAMES  # the default one first
    assert not {*Studio(bundles).models} & {*scenes.models}
    (tmp_path / "double-direct").symlink_to(bundles / "double-direct")
    assert SceneStudio(tmp_path).models == {}
    with pytest.raises(ParameterError, match="allowed: skipmodal-ours-0, skipmodal-piecewise-0"):
        scenes.model("double-direct")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [SEEN, UNSEEN])
def test_a_sentence_becomes_speech_and_a_picture(scenes, name, text):
    answer = scenes.from_words(name, text)
    model = scenes.model(name)
    assert set(answer.results) == {"speech", "image"} and answer.source == "text"
    assert answer.main.text == text and answer.main.seen_in_training is (text == SEEN)
    assert np.array_equal(answer.picture, model.generate(text, to="image").image)
    assert np.array_equal(answer.sound.samples, model.generate(text, to="speech").samples)
    assert len(answer.nearest) == PICTURES // 2
    assert {item.split for item in answer.nearest} == {"train"}


@pytest.mark.parametrize("name", NAMES)
def test_speech_becomes_words_and_a_picture(scenes, name, tmp_path):
    said = scenes.from_voice(name, SEEN)
    assert set(said.results) == {"image"} and said.sound.rate == 8000
    text = scenes.model(name).generate(said.sound, to="text").text
    assert said.main.heard == said.main.words == tuple(text.split())
    samples = np.stack([make_tone(440)] * 2, axis=1)
    soundfile.write(tmp_path / "me.flac", samples, 24_000)
    heard = scenes.from_recording(name, tmp_path / "me.flac")
    assert heard.main.words and heard.picture.shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_become_words_and_speech(scenes, name, tmp_path):
    pixels = write_scene(tmp_path / "scene.png")
    answer = scenes.from_picture(name, tmp_path / "scene.png")
    assert set(answer.results) == {"text", "speech"} and answer.main.target == "text"
    assert np.array_equal(answer.picture, pixels) and len(answer.sound.samples) > 0
    for seen in (True, False):
        picked = scenes.from_example(name, 0, seen)
        row = 0 if seen else 1
        assert np.array_equal(picked.picture, make_pictures()[row].transpose(1, 2, 0))


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda s, folder: s.from_picture(NAMES[0], None), "no picture yet"),
        (lambda s, folder: s.from_recording(NAMES[0], None), "no recording yet"),
        (lambda s, folder: s.from_picture(NAMES[0], folder / "blank.png"), "blank"),
        (lambda s, folder: s.from_recording(NAMES[0], folder / "silent.wav"), "silent"),
        (lambda s, folder: s.from_words(NAMES[0], "a red #"), "English letters"),
        (lambda s, folder: s.from_words("gan", SEEN), "is no model"),
    ],
)
def test_mistakes_are_told(scenes, tmp_path, ask, answer):
    Image.new("RGB", (64, 64)).save(tmp_path / "blank.png")
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    with pytest.raises((ParameterError, DataError), match=answer):
        ask(scenes, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_shown_whole_whatever_is_said(scenes, name):
    text = "a \"red\" three's (onclick: 'a'); blue?"
    page = Page(fragments.show_answer(scenes.from_words(name, text)))
    assert page.mistakes == [] and page.outside() == [] and text in page.text
    assert page.elements.count("img") == page.elements.count("audio") == 1
    unknown = scenes.from_words(name, "no digit")
    assert unknown.main.seen_in_training is None
    assert not re.search("seen in training", Page(fragments.show_answer(unknown)).text)


def test_what_a_run_says_rightly_is_told_where_it_was_measured(scenes, tmp_path):
    assert "50%" in fragments.show_run(scenes.model(NAMES[0]).description)
    own = {"metrics": {"test": {"image_to_speech": {"wer": 0.1, "attributes": None}}}}
    assert fragments.show_run(Description(tmp_path, own)) == ""
