"""Paper B's models: what they give is what their networks give; whatever is wrong is refused."""

import json
import shutil
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from crossmodal.data.skipmodal.batches import Speech
from crossmodal.data.skipmodal.spectrogram import trim_ends
from crossmodal.data.skipmodal.symbols import CHARACTERS, to_text
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference import Recording, load
from crossmodal.inference.bundle import Bundle, read_bundle, write_bundle
from crossmodal.inference.description import Description
from crossmodal.inference.skipmodal.preparation import to_texts
from tests.src.inference.skipmodal.small_bundles import (
    LONGEST,
    PICTURES,
    RUNS,
    SEEN,
    SENTENCE,
    SIDE,
    UNSEEN,
    make_pictures,
    make_skip_bundle,
)

QUICK = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
RATE = 8000
DIRECTIONS = list(permutations(("text", "speech", "image"), 2))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("scenes")
    for run in RUNS:
        write_bundle(root / run, make_skip_bundle(run, root), lambda values: values["name"])
    return {run: root / run for run in RUNS}


@pytest.fixture(scope="module")
def models(folders):
    return {run: load(folder) for run, folder in folders.items()}


def make_recording(seconds=0.8, rate=RATE):
    """Tones that go on, with silence around them."""
    times = np.arange(round(seconds * rate)) / rate
    sound = 0.3 * np.sin(2 * np.pi * (400 + 300 * times) * times)
    return Recording(np.pad(sound, rate // 10).astype(np.float32), rate)


def show_pixels(row=0):
    return np.ascontiguousarray(make_pictures()[row].transpose(1, 2, 0))


SOURCES = {"text": SENTENCE, "speech": make_recording(), "image": show_pixels()}


def make_batch(model, kind):
    """What was given as the network takes it, made without the code under test."""
    if kind == "text":
        return to_texts(SENTENCE)
    if kind == "image":
        return torch.from_numpy(make_pictures()[:1]).float() / 255
    samples = trim_ends(SOURCES["speech"].samples, model.spectrograms)
    mel = torch.from_numpy(model.voice.maker.analyse(samples)[1])
    return Speech(mel[None], torch.tensor([len(mel)]))


@torch.no_grad()
def generate_plainly(model, source, to):
    """Text and result by the networks themselves, one network or two that meet in text."""
    whole = model.networks.get("both")
    first = whole or model.networks["image_text" if "image" in (source, to) else "text_speech"]
    if whole is None and {source, to} == {"image", "speech"}:
        first = model.networks["image_text" if source == "image" else "text_speech"]
    u = first.encode(source, make_batch(model, source)).u
    text = SENTENCE if source == "text" else to_text(first.generate_text(u)[0].tolist())
    if whole is None and {source, to} == {"image", "speech"}:
        first = model.networks["text_speech" if source == "image" else "image_text"]
        u = first.encode("text", to_texts(text)).u
    if to == "text":
        return text, None
    if to == "image":
        return text, first.generate_image(u)[0].permute(1, 2, 0).numpy() * 255
    spoken = first.generate_mel(u)
    return text, model.voice(spoken.mels[0, : int(spoken.frames[0])].numpy())


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("source", "to"), DIRECTIONS)
def test_every_direction_is_what_the_networks_make(models, run, source, to):
    model = models[run]
    assert (source, to) in model.directions
    text, made = generate_plainly(model, source, to)
    result = model.generate(SOURCES[source], to=to)
    assert (result.source, result.target, result.words) == (source, to, tuple(text.split()))
    assert result.words and result.heard == (result.words if source == "speech" else None)
    if to == "image":
        assert result.image.shape == (SIDE, SIDE, 3) and result.image.std() > 0
        assert np.abs(result.image - made).max() <= 0.5 + 1e-3
    elif to == "speech":
        assert result.rate == RATE and np.array_equal(result.samples, made)
        assert np.abs(result.samples).max() <= 1 and len(made) > 0


@pytest.mark.parametrize(("bright", "draws"), [(0.0, False), (0.49, False), (1.0, True)])
def test_a_model_whose_pictures_are_black_is_not_said_to_draw(bright, draws, tmp_path):
    bundle = make_skip_bundle("paper-0", tmp_path)
    bundle.description.values["metrics"]["test"]["text_to_image"] = {"bright": bright}
    write_bundle(tmp_path / "paper-0", bundle, lambda values: values["name"])
    model = load(tmp_path / "paper-0")
    assert {to for _, to in model.directions} == {"text", "speech", *(["image"] if draws else [])}
    if not draws:
        with pytest.raises(ParameterError, match="no way from text to image"):
            model.generate(SENTENCE, to="image")


@pytest.mark.parametrize("to", ["text", "speech"])
@pytest.mark.parametrize("run", RUNS)
def test_pictures_are_told_in_words_of_speech_where_they_are_spoken(models, run, to, monkeypatch):
    asked = []
    for network in models[run].networks.values():
        if hasattr(network, "encode"):

            def spy(*given, encode=network.encode):
                asked.append(given)
                return encode(*given)

            monkeypatch.setattr(network, "encode", spy)
    models[run].generate(SOURCES["image"], to)
    modality, _, aloud = asked[0]
    assert (modality, aloud) == ("image", to == "speech")
    assert not any(aloud for _, _, aloud in asked[1:])


@pytest.mark.parametrize("run", RUNS)
def test_nothing_depends_on_what_came_before(folders, models, run):
    fresh = load(folders[run])
    for source, to in reversed(DIRECTIONS):
        first, again = (m.generate(SOURCES[source], to) for m in (fresh, models[run]))
        assert first.summary() == again.summary()


def test_random_numbers_of_others_stay_as_they_were(folders):
    before = torch.get_rng_state()
    load(folders["ours-0"]).generate(SENTENCE, to="speech")
    assert torch.equal(torch.get_rng_state(), before)


def test_what_was_never_seen_is_marked(models):
    said = {
        SEEN: True, UNSEEN: False, "a red four that is small": False, "a large red four": True,
        "a zero": None, "the picture shows a white five and a blue zero": False,
        "a red one, a green seven and a red two": False, "anna has two boats": None,
    }  # fmt: skip
    for text, seen in said.items():
        assert models["ours-0"].generate(text, to="image").seen_in_training is seen, text


def test_sentences_are_read_as_people_write_them(models):
    plain = models["ours-0"].generate(SENTENCE, to="image")
    other = models["ours-0"].generate("  A small RED three\nleft of a large\tblue seven ", "image")
    assert other.words == plain.words and np.array_equal(other.image, plain.image)


@pytest.mark.parametrize("run", RUNS)
def test_a_picture_of_the_gallery_finds_itself_first(models, run):
    for row in range(PICTURES):
        items = models[run].retrieve(show_pixels(row), PICTURES)
        assert np.array_equal(items[0].image, show_pixels(row)) and abs(items[0].distance) < 1e-5
        assert items[0].split == ("test" if row % 2 else "train")
        distances = [item.distance for item in items]
        assert distances == sorted(distances) and distances[-1] <= 2 + 1e-5
    for source in (SENTENCE, SOURCES["speech"]):
        assert len(models[run].retrieve(source, 2)) == 2
    for count in (0, PICTURES + 1):
        with pytest.raises(ParameterError, match=f"allowed: 1 to {PICTURES}"):
            models[run].retrieve(SENTENCE, count)


def test_the_middle_square_of_a_larger_picture_is_seen(models):
    small = Image.fromarray(show_pixels())
    wide = Image.new("RGB", (SIDE * 6, SIDE * 4), "blue")
    wide.paste(small.resize((SIDE * 4, SIDE * 4), Image.Resampling.NEAREST), (SIDE, 0))
    clear = Image.fromarray(np.dstack([show_pixels(), np.full((SIDE, SIDE), 255, np.uint8)]))
    seen = models["ours-0"].generate(np.array(small), "text")
    assert models["ours-0"].generate(np.array(clear), "text").text == seen.text
    # Shrinking averages over its neighbours a little.
    near = models["ours-0"].retrieve(np.array(wide), 1)[0]
    assert np.array_equal(near.image, show_pixels())


BAD = {
    "empty": (" ", "no words"),
    "signs": ("a red #", "'#'; allowed: English letters"),
    "other letters": ("七", "'七'"),
    "control": ("a\x00red", "allowed: English"),
    "long": ("a red one " * 9, f"has 89 characters; allowed: up to {LONGEST}"),
    "blank": (np.full((40, 40, 3), 200, np.uint8), "blank"),
    "transparent": (np.zeros((40, 40, 4), np.uint8), "blank"),
    "tiny": (np.zeros((40, 7), np.uint8), "smaller than 8 pixels"),
    "silence": (Recording(np.zeros(RATE, np.float32), RATE), "silent clip"),
    "not a number": (Recording(np.full(RATE, np.nan, np.float32), RATE), "no numbers"),
    "long speech": (make_recording(3.1), "lasts 3.2 s .* allowed: up to 3 s"),
    "click": (Recording(np.ones(200, np.float32), RATE), "allowed are mono float32 samples"),
    "two": ([make_recording(), make_recording()], "2 recordings were given; allowed: one"),
}  # fmt: skip


@pytest.mark.parametrize("run", ["ours-0", "piecewise-0"])
@pytest.mark.parametrize("name", BAD)
def test_bad_sources_are_refused_in_one_line(models, run, name):
    source, answer = BAD[name]
    to = "image" if isinstance(source, Recording | list) else "speech"
    with pytest.raises((ParameterError, DataError), match=answer) as caught:
        models[run].generate(source, to)
    assert "\n" not in str(caught.value)


@QUICK
@given(text=st.text(CHARACTERS, max_size=LONGEST + 20))
def test_any_text_of_the_symbols_is_said_or_refused(models, text):
    words = " ".join(text.split())
    if 0 < len(words) <= LONGEST:
        assert models["ours-0"].generate(text, "image").text == words.lower()
    else:
        with pytest.raises(ParameterError, match="allowed"):
            models["ours-0"].generate(text, "image")


def rewrite(folder, target, change):
    """The bundle again with right checksums but other content."""
    bundle = read_bundle(folder)
    values = json.loads(json.dumps(bundle.description.values))
    tensors = dict(bundle.tensors)
    change(values, tensors)
    write_bundle(target, Bundle(Description(target, values), tensors), lambda values: "")
    return target


WRONG = {
    "other architecture": lambda values, _: values.update(architecture="gan"),
    "architecture of lists": lambda values, _: values.update(architecture=[]),
    "the other architecture": lambda values, _: values.update(architecture="paper"),
    "other parts": lambda values, _: values.update(parts=["image_text", "text_speech"]),
    "half of the parts": lambda values, _: values.update(parts=["image_text"]),
    "other size": lambda values, _: values["network"].update(gru=7),
    "unknown setting": lambda values, _: values["network"].update(layers=7),
    "huge size": lambda values, _: values["network"].update(text_decoder=8192),
    "endless text": lambda values, _: values.update(longest_text=10**9),
    "other rate of frames": lambda values, _: values["spectrograms"].update(hop_seconds=9),
    "other bands": lambda values, _: values["spectrograms"].update(mels=9),
    "no spectrograms": lambda values, _: values.pop("spectrograms"),
    "no words": lambda values, _: values.update(vocabulary=7),
    "gallery without splits": lambda values, _: values.update(gallery=[{"caption": "a"}]),
    "short gallery": lambda values, _: values["gallery"].pop(),
    "held out nothing": lambda values, _: values.update(held_out=[]),
    "no pictures": lambda _, tensors: tensors.pop("gallery.images"),
    "one tensor more": lambda _, tensors: tensors.update(other=torch.zeros(1)),
    "pictures of another size": lambda _, tensors: tensors.update(
        {"gallery.images": torch.zeros(PICTURES, 3, SIDE, 8, dtype=torch.uint8)}
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_description_that_does_not_fit_is_refused(folders, tmp_path, name):
    folder = rewrite(folders["ours-0"], tmp_path / "changed", WRONG[name])
    with pytest.raises(DataError) as caught:
        load(folder)
    message = str(caught.value)
    assert "\n" not in message and str(folder) in message and len(message) < 600


def test_data_of_others_have_no_held_out_combinations(folders, tmp_path):
    folder = rewrite(folders["ours-0"], tmp_path / "own", lambda values, _: values.pop("held_out"))
    assert load(folder).generate(UNSEEN, "image").seen_in_training is None


@pytest.mark.parametrize("run", RUNS)
def test_a_copy_gives_the_same_bytes_and_results(folders, models, run, tmp_path):
    copied = shutil.copytree(folders[run], tmp_path / "copy")
    write_bundle(tmp_path / "again", read_bundle(copied), lambda values: values["name"])
    for file in ("model.json", "weights.safetensors"):
        assert (tmp_path / "again" / file).read_bytes() == (folders[run] / file).read_bytes()
    ours = load(tmp_path / "again").generate(SENTENCE, to="speech").samples
    assert np.array_equal(ours, models[run].generate(SENTENCE, to="speech").samples)
