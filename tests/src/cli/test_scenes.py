"""The commands with what paper B's models understand, and which model a source goes to."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.cli.main import main
from crossmodal.inference import load
from crossmodal.inference.bundle import write_bundle
from tests.src.cli.good_files import write_scene, write_strokes, write_tones
from tests.src.inference.skipmodal.small_bundles import SEEN, SIDE, UNSEEN, make_skip_bundle

NAME = "skipmodal-ours-0"


@pytest.fixture
def model(models):
    return load(models / NAME)


def chosen(run, source):
    """The model that a source goes to; a picture cannot become one."""
    to = "text" if ".png" in source else "image"
    return json.loads(run(f"generate {source} --to {to} --json")[0])["model"]


@pytest.mark.parametrize("sentence", [SEEN, UNSEEN, SEEN.upper(), f"{SEEN}, and a blue seven?"])
def test_sentences_go_to_paper_b(run, sentence):
    assert chosen(run, f"'{sentence}'") == NAME


@pytest.mark.parametrize(
    ("words", "model"),
    [("75", "double"), ("seven three", "double"), ("red 7 blue 5", "colored"),
     ("red seven blue three", "colored")],
)  # fmt: skip
def test_words_of_two_digits_stay_with_paper_a(run, words, model):
    assert chosen(run, words) == f"{model}-conv_vae"


def test_pictures_go_where_their_shape_belongs(run):
    write_scene("scene.png")
    Image.open("scene.png").resize((300, 255)).save("larger.png")
    write_strokes(Path("digits.png"))
    assert chosen(run, "scene.png") == chosen(run, "larger.png") == NAME
    assert chosen(run, "digits.png") == "double-conv_vae"


@pytest.mark.parametrize("seconds", [0.7, 1.1])
def test_recordings_without_pauses_go_to_paper_b(run, seconds):
    rate, noise = 16_000, np.random.default_rng(0)
    word = noise.uniform(-0.3, 0.3, round(seconds * rate))
    silence = np.zeros(rate // 2)
    soundfile.write("two.wav", np.concatenate([silence, word, silence, word, silence]), rate)
    assert chosen(run, "two.wav") == (NAME if seconds > 1 else "double-conv_vae")


def test_words_with_pauses_stay_with_paper_a(run):
    write_tones(Path("two.wav"), 2)
    write_tones(Path("four.wav"), 4)
    assert chosen(run, "two.wav") == "double-conv_vae"
    assert chosen(run, "four.wav") == "colored-conv_vae"


def test_without_its_models_nothing_goes_to_paper_b(workplace, models, capfd):
    for name in ("double-conv_vae", "colored-conv_vae"):
        shutil.copytree(models / name, workplace / "old" / name)
    assert main(["generate", SEEN, "--to", "image", "--models", "old"]) == 2
    assert "sentence" not in capfd.readouterr().err
    write_scene("scene.png")
    assert main(["retrieve", "scene.png", "--models", "old"]) in (0, 2)
    assert NAME not in capfd.readouterr().out


@pytest.fixture
def own(workplace):
    """A folder with a model of a person's own photographs alone."""
    bundle = make_skip_bundle("ours-0", workplace)
    values = bundle.description.values
    del values["held_out"]
    values["dataset"] = "COCO captions"
    write_bundle(workplace / "own" / "photos", bundle, lambda values: values["name"])
    return workplace / "own"


def test_a_model_of_photographs_alone_takes_any_source(run, own):
    write_strokes(Path("photo.png"))
    for source in ("'a dog on a sofa'", "75", "photo.png"):
        assert chosen(run, f"{source} --models own") == NAME


def test_examples_are_captions_of_own_photographs(own, models, capfd):
    shutil.copytree(models / "double-conv_vae", own / "double-conv_vae")
    assert main(["generate", "a dog on a sofa", "--to", "image", "--models", "own"]) == 2
    said = capfd.readouterr().err
    assert f"a sentence such as {SEEN!r}, a photo" in said and "red seven blue five" in said
    assert main(["generate", SEEN, "--to", "image", "--models", "own"]) == 0


@pytest.mark.parametrize(
    ("text", "model"),
    [(f"{SEEN} zebra", NAME), (f"{UNSEEN.upper()}, zebras!", NAME), ("75", "double-conv_vae"),
     ("red seven blue three", "colored-conv_vae"), ("sevn three", None), ("a zebra ran off", None)],
)  # fmt: skip
def test_sentences_on_photographs_may_have_new_words(own, models, capfd, text, model):
    for name in ("double-conv_vae", "colored-conv_vae"):
        shutil.copytree(models / name, own / name)
    code = main(["generate", text, "--to", "image", "--json", "--models", "own"])
    output, errors = capfd.readouterr()
    assert (code, errors.count("\n")) == ((0, 0) if model else (2, 1))
    assert not model or json.loads(output)["model"] == model


def test_results_are_those_of_the_library(run, model):
    pixels = write_scene("scene.png")
    output, errors = run(f"generate '{UNSEEN}' --to image --output drawn.png")
    assert output == "" and "never seen in training" in errors
    drawn = np.array(Image.open("drawn.png"))
    assert drawn.shape == (SIDE, SIDE, 3)
    assert np.array_equal(drawn, model.generate(UNSEEN, to="image").image)
    known = json.loads(run("generate scene.png --to speech --output said.wav --json")[0])
    said = model.generate(pixels, to="speech")
    assert known == {"model": NAME, **said.summary(), "output": "said.wav"}
    samples, rate = soundfile.read("said.wav", dtype="float32")
    assert rate == 8000 and np.abs(samples - said.samples).max() < 1e-4
    assert run("generate scene.png --to text")[0] == said.text + "\n"


def test_what_is_not_known_to_be_seen_is_not_marked(run):
    _, errors = run(f"generate small --to image --model {NAME}")
    assert errors == ""
    known = json.loads(run(f"generate small --to image --model {NAME} --json")[0])
    assert known["seen_in_training"] is None


def test_nearest_pictures_are_found_and_drawn(run, model):
    found = json.loads(run(f"retrieve '{SEEN}' --count 2 --json")[0])
    assert found["model"] == NAME
    assert found["items"] == [item.summary() for item in model.retrieve(SEEN, 2)]
    lines = run(f"retrieve '{SEEN}' --count 1")[0].splitlines()
    assert lines[0].startswith("1. ") and len(lines) == 1 + SIDE // 2


def test_it_is_listed_described_and_exported(run, models):
    (row,) = (line for line in run("models")[0].splitlines() if line.startswith(NAME))
    assert "50%" in row and row.endswith("text, speech, image  text, speech, image")
    assert run(f"describe {NAME}")[0].startswith(f"# {NAME}\n")
    run(f"export {NAME} shared")
    assert run(f"generate '{SEEN}' --to image --models shared") == run(
        f"generate '{SEEN}' --to image"
    )
