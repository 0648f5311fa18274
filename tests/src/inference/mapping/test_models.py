import json
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference import Recording, load
from crossmodal.inference.mapping.speech import join_words
from tests.src.inference.conftest import HELD_OUT, make_image

EXAMPLES = {"double": "seven five", "colored": "red seven blue five"}


def share_right(model, source, to):
    """How many training classes keep their words from `source(words)` to `to`."""
    seen = [words for words in model.classes if model.is_seen(words)][::7]
    right = [model.generate(source(words), to).words == words for words in seen]
    return np.mean(right)


def draw(model, words):
    """The picture that the model was trained on, [28, 56] or [28, 56, 3]."""
    image = make_image(words, model.shape[0])
    return image[0] if len(image) == 1 else image.transpose(1, 2, 0)


@pytest.mark.parametrize("name", ["double", "colored"])
def test_all_six_directions_find_the_words_of_trained_classes(models, name):
    model = models[name]
    assert set(model.directions) == set(permutations(("text", "speech", "image"), 2))

    def speak(words):
        spoken = model.generate(" ".join(words), "speech")
        return Recording(spoken.samples, spoken.rate)

    for source in (" ".join, lambda words: draw(model, words)):
        assert share_right(model, source, "speech") > 0.7  # by chance: a hundredth
    assert share_right(model, lambda words: draw(model, words), "text") > 0.7
    words = tuple(EXAMPLES[name].split())
    assert model.generate(speak(words), "text").heard == words
    shown = model.generate(speak(words), "image")
    assert shown.heard == shown.words == words
    assert model.generate(EXAMPLES[name], "image").image.shape == draw(model, words).shape


def test_words_of_pictures_are_those_of_the_captioner_where_there_is_one(folders, monkeypatch):
    """One that says the same of every picture: only what pictures are asked for changes."""
    import torch

    model = load(folders["double"])
    picture, wanted = draw(model, ("seven", "five")), ("four", "two")
    for name in ("text", "speech"):
        captioner = torch.nn.Linear(model.gallery.shape[1], model.sources[name].shape[1])
        torch.nn.init.zeros_(captioner.weight)
        with torch.no_grad():
            captioner.bias.copy_(model.embed(name, wanted))
        monkeypatch.setattr(model.mapping(name), "captioner", captioner)
        assert model.generate(picture, name).words == wanted
    assert model.generate("seven five", "speech").words == ("seven", "five")
    shares = model.measure()
    assert shares["image to text"] == {"train": 0.0, "held_out": 0.3333}
    assert shares["text to speech"]["train"] > 0.7


def test_what_is_generated_is_what_the_networks_say(models):
    """Text to image, by hand."""
    import torch

    model = models["double"]
    rows = [7, 5]
    with torch.no_grad():
        vector = model.words["text"][rows].flatten()[None]
        image = model.autoencoder.decode(model.mapping("text").source_to_image(vector))
    expected = (image[0, 0] * 255).round().to(torch.uint8).numpy()
    assert np.array_equal(model.generate("75", "image").image, expected)


def test_held_out_combinations_are_said_to_be(models):
    for text, seen in (("07", False), ("42", False), ("70", True)):
        assert models["double"].generate(text, "image").seen_in_training is seen
        assert (text in HELD_OUT) is not seen
    assert not models["colored"].generate("red 0 blue 7", "image").seen_in_training


def test_spoken_results_are_the_recordings_of_their_words(models, tmp_path):
    model = models["double"]
    spoken = model.generate("31", "speech")
    rows = [int(word == "one") * 1 or 3 for word in spoken.words]
    assert spoken.words == ("three", "one") and spoken.rate == 24000
    assert np.array_equal(spoken.samples[:12_000], model.recordings[rows[0]])
    assert np.array_equal(spoken.samples[-12_000:], model.recordings[rows[1]])
    assert not spoken.samples[12_000:-12_000].any() and len(spoken.samples) == 24_000 + 4_800


def test_own_recordings_pass_through_unchanged_either_way(models):
    model = models["double"]
    spoken = model.generate("86", "speech")
    source = Recording(spoken.samples, spoken.rate)
    ways = [model.generate(source, "image", as_heard=way) for way in (True, False)]
    assert ways[0].heard == ways[1].heard == spoken.words
    assert np.abs(ways[0].image.astype(int) - ways[1].image).max() <= 1


def test_another_voice_passes_as_heard_or_as_it_is(models):
    model = models["double"]
    spoken = model.generate("86", "speech")
    louder = Recording(spoken.samples * np.float32(2), spoken.rate)
    as_heard = model.generate(louder, "image")
    assert as_heard.heard == spoken.words
    assert np.array_equal(as_heard.image, model.generate(
        Recording(spoken.samples, spoken.rate), "image"
    ).image)  # fmt: skip
    raw = model.generate(louder, "image", as_heard=False)
    assert not np.array_equal(raw.image, as_heard.image)


def test_files_are_the_same_as_what_is_in_memory(models, tmp_path):
    model = models["double"]
    spoken, shown = model.generate("86", "speech"), draw(model, ("eight", "six"))
    spoken.save(tmp_path / "all.wav")
    spoken.save(tmp_path / "all.flac")
    for number, part in enumerate(np.split(spoken.samples, [13_000])):
        soundfile.write(tmp_path / f"{number}.wav", part, 24000)
    Image.fromarray(shown).save(tmp_path / "shown.png")
    expected = model.generate(Recording(spoken.samples, spoken.rate), "image").image
    files = [tmp_path / "all.wav", tmp_path / "all.flac", [tmp_path / "0.wav", tmp_path / "1.wav"]]
    for source in files:
        assert np.array_equal(model.generate(source, "image").image, expected)
    assert model.generate(tmp_path / "shown.png", "text") == model.generate(shown, "text")


def test_results_are_saved_as_their_suffix_says(models, tmp_path):
    model = models["double"]
    shown, spoken = model.generate("75", "image"), model.generate("75", "speech")
    said = model.generate(draw(model, ("seven", "five")), "text")
    shown.save(str(tmp_path / "a.png"))
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), shown.image)
    shown.save(tmp_path / "a.jpg")
    spoken.save(tmp_path / "a.wav")
    said.save(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == said.text + "\n" == " ".join(said.words) + "\n"
    for result, name in ((shown, "b.wav"), (spoken, "b.png"), (said, "b"), (shown, "b.exe")):
        with pytest.raises(ParameterError, match="is saved as"):
            result.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "a.png", "a.txt", "a.wav"]


def test_summaries_are_json(models):
    model = models["double"]
    known = json.loads(model.generate("42", "speech").to_json())
    assert known["target"] == "speech" and known["sample_rate"] == 24000
    assert known["words"] == known["text"].split()
    assert json.loads(model.generate("42", "image").to_json())["shape"] == [28, 56]
    assert json.dumps([item.summary() for item in model.retrieve("42", 2)])


@pytest.mark.parametrize("name", ["double", "colored"])
def test_the_nearest_images_come_first(models, name):
    model = models[name]
    words = tuple(EXAMPLES[name].split())
    items = model.retrieve(draw(model, words), 9)
    # Of itself: nothing but what rounding leaves of it.
    assert items[0].words == words and items[0].distance < items[1].distance / 10
    assert np.array_equal(items[0].image, draw(model, words))
    distances = [item.distance for item in items]
    assert distances == sorted(distances) and len(items) == 9
    everything = model.retrieve(EXAMPLES[name], len(model.images))
    assert {item.split for item in everything} == {"train", "held_out"}
    assert all((item.split == "train") == model.is_seen(item.words) for item in everything)
    assert words in [item.words for item in everything[:3]]
    for count in (0, len(model.images) + 1):
        with pytest.raises(ParameterError, match="allowed: 1 to"):
            model.retrieve(EXAMPLES[name], count)


def test_the_baseline_knows_two_directions(models):
    model = models["direct"]
    assert model.directions == (("text", "image"), ("speech", "image"))
    shown = model.generate("75", "image")
    assert shown.image.shape == (28, 56) and shown.words == ("seven", "five")
    samples = join_words([model.recordings[7], model.recordings[5]], 24000)
    assert model.generate(Recording(samples, 24000), "image").heard == ("seven", "five")
    with pytest.raises(ParameterError, match="no way from text to speech; allowed: text to image"):
        model.generate("75", "speech")
    with pytest.raises(ParameterError, match="no common latent space"):
        model.retrieve("75")


def test_shares_found_are_measured_by_split(models):
    shares = models["double"].measure()
    ways = {"text to speech", "speech to text", "image to text", "image to speech"}
    assert set(shares) == ways
    assert all(share["train"] > 0.9 for share in shares.values())
    held_out = [words for words in models["double"].classes if not models["double"].is_seen(words)]
    right = [models["double"].generate(" ".join(w), "speech").words == w for w in held_out]
    assert shares["text to speech"]["held_out"] == round(float(np.mean(right)), 4)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"75", "cannot be used; allowed: words as text"),
        ([], "nothing was given; allowed"),
        (["7", "5"], "cannot be used; allowed"),
        (np.zeros((28, 56)), r"pixels float64 \[28, 56\] cannot be used"),
        (np.zeros((2, 28, 56), np.uint8), r"pixels uint8 \[2, 28, 56\] cannot be used"),
        ("me.wav", "'me.wav' is not a digit, a digit; allowed: 'seven five' or '75'"),
    ],
)
def test_sources_of_no_known_kind_say_what_is_allowed(models, source, message):
    with pytest.raises(ParameterError, match=message) as caught:
        models["double"].generate(source, "image")
    assert "\n" not in str(caught.value)


def test_files_of_no_known_kind_say_what_is_allowed(models, tmp_path):
    (tmp_path / "a.txt").write_text("75")
    with pytest.raises(ParameterError, match=r"cannot be used; allowed: .*\.wav, \.flac"):
        models["double"].generate(tmp_path / "a.txt", "image")
    for name in ("nowhere.wav", "nowhere.png"):
        with pytest.raises(DataError, match="is missing"):
            models["double"].generate(tmp_path / name, "text")
    with pytest.raises(ParameterError, match="no way from text to text"):
        models["double"].generate("75", "text")


def test_a_classifier_reads_pictures_too_and_a_doubt_is_said(models):
    """Its own opinion: the same, another, or none that it is sure of."""
    for name in ("double", "colored"):
        model = models[name]
        words = tuple(EXAMPLES[name].split())
        result = model.generate(draw(model, words), "text")
        assert result.reading.words == words and result.reading.confidence > 0.9
        assert result.warning is None or result.words != words
        other = replace(result, words=(*words[:-1], "zero"))
        assert f"reads {' '.join(words)}" in other.warning and "zero wrong" in other.warning
        faint = replace(result, reading=replace(result.reading, confidence=0.62))
        assert "only 62% sure" in faint.warning
        known = result.summary()
        assert known["reading"]["words"] == words or known["reading"]["words"] == list(words)
    assert models["double"].generate("75", "image").reading is None


def test_a_bundle_without_a_classifier_works_and_has_no_opinion(folders, models):
    from crossmodal.inference.bundle import Bundle, read_bundle
    from crossmodal.inference.description import Description
    from crossmodal.inference.mapping.embedding_mapping import EmbeddingMapping

    bundle = read_bundle(folders["double"])
    values = {k: v for k, v in bundle.description.values.items() if k != "classifier"}
    tensors = {k: v for k, v in bundle.tensors.items() if not k.startswith("classifier.")}
    model = EmbeddingMapping(Bundle(Description(bundle.description.path, values), tensors))
    result = model.generate(draw(model, ("seven", "five")), "text")
    assert result.reading is None and result.warning is None
