"""What the page answers, without a page."""

import wave

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from crossmodal.data.torchaudio_backend import resample
from crossmodal.demo.studio import EXAMPLES, NEAREST, Studio, find_nearest, spread
from crossmodal.errors import DataError, ParameterError, UserError
from crossmodal.inference import load
from crossmodal.inference.mapping.words import parse_words
from tests.src.data.encoded_audio import STREAMED, encode
from tests.src.inference.conftest import HELD_OUT

DOUBLE, COLORED, DIRECT = "double-mlp_ae", "colored-mlp_ae", "double-direct"
TEXTS = {DOUBLE: "zero seven", COLORED: "red zero blue seven", DIRECT: "zero seven"}
REUSED = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def save_sound(path, samples, rate, subtype="PCM_16"):
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def test_models_are_grouped_by_data_set(studio):
    assert studio.datasets == {"double": [DIRECT, DOUBLE], "colored": [COLORED]}


@pytest.mark.parametrize("name", [DOUBLE, COLORED, DIRECT])
def test_every_direction_from_words_and_speech(studio, name):
    for answer in (
        studio.from_words(name, TEXTS[name]),
        studio.from_voice(name, TEXTS[name]),
    ):
        model = studio.model(name)
        known = {target for source, target in model.directions if source == answer.source}
        assert set(answer.results) == known
        assert answer.main.words == parse_words(TEXTS[name], model.dataset)
        assert answer.main.seen_in_training is False
        assert answer.picture.shape[:2] == (28, 56) and answer.picture.dtype == np.uint8
        assert np.array_equal(answer.picture, model.generate(TEXTS[name], "image").image) or (
            answer.source == "speech"
        )
        assert (len(answer.nearest) == NEAREST) == (name != DIRECT)


@pytest.mark.parametrize("name", [DOUBLE, COLORED])
def test_a_recording_is_heard_once_for_all_results(bundles, name, monkeypatch):
    studio, plain = Studio(bundles), load(bundles / name)
    listener, asked = studio.model(name).listener, []
    distances = listener.distances
    monkeypatch.setattr(listener, "distances", lambda w: asked.append(w) or distances(w))
    for words in (studio.combinations(name, True)[5], studio.combinations(name, False)[0]):
        spoken = studio.speak(name, " ".join(words))
        answer = studio.from_voice(name, " ".join(words))
        assert len(asked) == len(words) == len(answer.main.words)
        assert answer.main.heard == plain.generate(spoken, "text").heard
        assert np.array_equal(answer.picture, plain.generate(spoken, "image").image)
        asked.clear()


@pytest.mark.parametrize("name", [DOUBLE, COLORED])
@pytest.mark.parametrize("seen", [False, True])
def test_every_picture_of_the_gallery_is_answered_in_words_and_speech(studio, name, seen):
    items = studio.gallery(name, seen)
    assert len(items) == (EXAMPLES if seen or name == COLORED else len(HELD_OUT))
    assert len({item.words for item in items}) == len(items)
    assert {item.split for item in items} == {"train" if seen else "held_out"}
    for index, item in enumerate(items):
        answer = studio.from_example(name, index, seen)
        assert set(answer.results) == {"text", "speech"}
        assert answer.shown == item.words
        # Pictures of 28 x 56 pixels are taken as they are.
        assert np.array_equal(answer.picture, item.image)
        assert np.array_equal(answer.sound.samples, answer.results["speech"].samples)


@pytest.mark.parametrize("name", [DOUBLE, COLORED, DIRECT])
def test_the_mark_is_that_of_the_held_out_pairs(studio, name):
    combinations = {seen: studio.combinations(name, seen) for seen in (False, True)}
    assert len(combinations[False]) == len(HELD_OUT) * (9 if name == COLORED else 1)
    for seen, all_words in combinations.items():
        for words in spread(all_words, 5):
            assert studio.from_words(name, " ".join(words)).main.seen_in_training is seen


def test_a_recording_is_heard_from_any_file_that_a_browser_makes(studio, tmp_path):
    spoken = studio.speak(DOUBLE, "four two")
    expected = studio.from_voice(DOUBLE, "four two")
    assert expected.main.words == ("four", "two") and expected.sound.rate == 24000
    stereo = np.stack([spoken.samples, spoken.samples], axis=1)
    high = resample(spoken.samples, 24000, 48000)
    paths = [
        save_sound(tmp_path / "mono.wav", spoken.samples, 24000),
        save_sound(tmp_path / "stereo.wav", stereo, 24000, "FLOAT"),
        save_sound(tmp_path / "high.flac", high, 48000, "PCM_24"),
        save_sound(tmp_path / "lossy.ogg", high, 48000, "VORBIS"),
        save_sound(tmp_path / "lossy.mp3", high, 48000, "MPEG_LAYER_III"),
        encode(tmp_path / "phone.m4a", high),
        encode(tmp_path / "browser.webm", np.stack([high] * 2, axis=1), **STREAMED),
    ]
    for path in paths:
        answer = studio.from_recording(DOUBLE, path)
        assert answer.main.heard == ("four", "two"), path
        assert np.array_equal(answer.picture, expected.picture)
        assert answer.sound.samples.ndim == 1


def test_a_picture_of_a_file_is_that_of_the_gallery(studio, tmp_path):
    item = studio.gallery(COLORED, False)[2]
    Image.fromarray(item.image).save(tmp_path / "two.png")
    answer = studio.from_picture(COLORED, tmp_path / "two.png")
    example = studio.from_example(COLORED, 2, False)
    assert np.array_equal(answer.picture, example.picture)
    assert answer.main.words == example.main.words and answer.shown is None


@pytest.mark.parametrize("name", [DOUBLE, COLORED])
def test_only_training_images_are_near_and_in_order(studio, name):
    model = studio.model(name)
    everything = model.retrieve(TEXTS[name], model.description.values["gallery"])
    # The class asked for is held out itself, so that something near is left out.
    assert "held_out" in [item.split for item in everything[:50]]
    training = [item for item in everything if item.split == "train"]
    found = find_nearest(model, TEXTS[name])
    assert [item.distance for item in found] == [item.distance for item in training[:NEAREST]]


@pytest.mark.parametrize(
    ("name", "ask", "said"),
    [
        (DOUBLE, lambda s, n: s.from_words(n, "seven"), "allowed: 'seven five'"),
        (COLORED, lambda s, n: s.from_words(n, "seven five"), "'red seven blue five'"),
        (DOUBLE, lambda s, n: s.from_recording(n, None), "no recording yet"),
        (DOUBLE, lambda s, n: s.from_picture(n, None), "no picture yet"),
        (DIRECT, lambda s, n: s.answer(n, "image", np.zeros((28, 56), np.uint8)), "another model"),
        (COLORED, lambda s, n: s.answer(n, "image", np.eye(56, dtype=np.uint8)), "blank"),
        ("none", lambda s, n: s.from_words(n, "seven five"), "is no model"),
    ],
)
def test_a_mistake_is_explained(studio, name, ask, said):
    with pytest.raises(UserError, match=said):
        ask(studio, name)


def test_a_long_recording_is_refused_before_it_is_read(studio, tmp_path):
    with wave.open(str(tmp_path / "long.wav"), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000 * 61))
    with pytest.raises(DataError, match="too long"):
        studio.from_recording(DOUBLE, tmp_path / "long.wav")


@REUSED
@given(st.binary(max_size=200), st.sampled_from([".wav", ".webm", ".png", ".jpg", ""]))
def test_any_bytes_are_refused_in_words_without_the_folder(studio, tmp_path, content, suffix):
    path = tmp_path / f"given{suffix}"
    path.write_bytes(content)
    for ask in (studio.from_recording, studio.from_picture):
        with pytest.raises(DataError) as error:
            ask(DOUBLE, path)
        assert str(tmp_path) not in str(error.value)


@REUSED
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_recording_or_picture_never_crashes(studio, tmp_path, place, value):
    item = studio.gallery(DOUBLE, True)[0]
    Image.fromarray(item.image).save(tmp_path / "good.png")
    save_sound(tmp_path / "good.wav", studio.speak(DOUBLE, "one two").samples, 24000)
    for name, ask in (("good.png", studio.from_picture), ("good.wav", studio.from_recording)):
        content = bytearray((tmp_path / name).read_bytes())
        content[place % len(content)] = value
        damaged = tmp_path / f"damaged-{name}"
        damaged.write_bytes(content)
        try:
            answer = ask(DOUBLE, damaged)
        except UserError:
            continue
        assert answer.main.words in studio.model(DOUBLE).classes


def test_a_folder_without_models_is_a_mistake(tmp_path):
    with pytest.raises(ParameterError, match="no trained models"):
        Studio(tmp_path)


@given(st.integers(1, 40), st.integers(1, 10))
def test_spreading_takes_as_many_as_there_are(length, count):
    values = [(str(number),) for number in range(length)]
    taken = spread(values, count)
    assert len(taken) == min(length, count) and set(taken) <= set(values)
