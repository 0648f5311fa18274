"""The commands with inputs that can be used; the library says what is right."""

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.cli.commands import COMMANDS
from crossmodal.cli.main import main
from crossmodal.files import sha256
from crossmodal.inference import load
from crossmodal.inference.results import write_sound
from tests.src.cli.good_files import RATE, make_tone, write_strokes, write_tones
from tests.src.data.encoded_audio import CODECS, encode
from tests.src.inference.conftest import make_image

PROGRAM = Path(sys.executable).parent / "crossmodal"
SAYINGS = (("42", "double"), ("red 4 blue 2", "colored"))


def test_models_are_listed_with_what_was_measured(run, models):
    table, legend = run("models")[0].split("\n\n")
    _, *rows = table.splitlines()
    assert [row.split()[0] for row in rows] == sorted(path.name for path in models.iterdir())
    assert "15.50   50%" in rows[0] and rows[2].endswith("text, speech         image")
    for column in ("dB", "read", "said", "from", "to"):
        assert re.search(rf"^(\w+, )?{column}\b.*:", legend, re.MULTILINE)
    known = {row["name"]: row for row in json.loads(run("models --json")[0])}
    assert known["double-direct"]["directions"] == [["text", "image"], ["speech", "image"]]
    assert len(known["double-conv_vae"]["directions"]) == 6


def test_a_damaged_model_hides_no_other(run, workplace, capfd):
    run("export double-conv_vae some")
    run("export double-direct some")
    (workplace / "some/double-direct/model.json").write_text("{}")
    assert main(["models", "--models", "some"]) == 2
    output, errors = capfd.readouterr()
    assert "double-conv_vae" in output and "double-direct" not in output
    assert "double-direct" in errors and errors.count("\n") == 1


def test_describe_shows_card_or_all_values(run, models):
    assert run("describe double-direct") == ("# double-direct\n\nmade up\n", "")
    values = json.loads((models / "double-direct/model.json").read_text())
    assert json.loads(run("describe double-direct --json")[0]) == values


@pytest.mark.parametrize("words", ["'seven five'", "Seven FIVE", "75", "7 5", "seven-5"])
def test_words_however_they_are_written(run, words):
    assert run(f"generate {words} --to speech")[0] == "seven five\n"


@pytest.mark.parametrize(("words", "dataset"), SAYINGS)
def test_words_become_files(run, models, words, dataset):
    model = load(models / f"{dataset}-conv_vae")
    output, errors = run(f"generate '{words}' --to image --output made.png")
    assert output == "" and "never seen in training" in errors and "made.png" in errors
    np.testing.assert_array_equal(Image.open("made.png"), model.generate(words, to="image").image)
    run(f"generate '{words}' --to speech --output made.flac")
    samples, rate = soundfile.read("made.flac", dtype="float32")
    assert rate == 24_000
    np.testing.assert_allclose(samples, model.generate(words, to="speech").samples, atol=1e-4)


@pytest.mark.parametrize(("words", "dataset"), SAYINGS)
def test_recordings_and_pictures_find_the_model_that_fits(run, models, words, dataset):
    model = load(models / f"{dataset}-conv_vae")
    said = model.generate(words, to="speech")
    write_sound(said, Path("said.wav"))
    known = json.loads(run("generate said.wav --to image --json")[0])
    assert known["heard"] == known["words"] == list(said.words)
    expected = model.generate(Path("said.wav"), to="image").image
    np.testing.assert_array_equal(known["pixels"], expected)
    pixels = make_image(said.words, model.shape[0])
    picture = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    Image.fromarray(picture).save("shown.png")
    assert run("generate shown.png --to text")[0] == model.generate(picture, to="text").text + "\n"
    run("generate shown.png --to text --output read.txt")
    assert Path("read.txt").read_text() == model.generate(picture, to="text").text + "\n"


def test_one_recording_for_each_word(run, models):
    model = load(models / "double-conv_vae")
    for word, row in (("seven", 7), ("five", 5)):
        soundfile.write(f"{word}.wav", model.recordings[row], 24_000)
    for words in ("seven five", "five seven"):
        files = " ".join(f"{word}.wav" for word in words.split())
        assert run(f"generate {files} --to text")[0] == f"{words}\n"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_kind_are_the_same(run, mode):
    plain = write_strokes(Path("plain.png"))
    if mode == "I;16":
        deep = np.asarray(Image.open(plain).convert("L")).astype(np.uint16) * 257
        Image.fromarray(deep).save("other.png")
    else:
        Image.open(plain).convert(mode).save("other.png")
    assert Image.open("other.png").mode == mode
    expected = json.loads(run("retrieve plain.png --json")[0])
    assert json.loads(run("retrieve other.png --json")[0]) == expected


@pytest.mark.parametrize("kind", ["PCM_24", "FLOAT", "ULAW"])
@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
def test_recordings_of_every_kind_can_be_used(run, kind, rate):
    samples, rate = soundfile.read(write_tones(Path("two.wav"), 2, rate))
    soundfile.write("two.wav", samples, rate, subtype=kind)
    assert len(run("generate two.wav --to text")[0].split()) == 2


@pytest.mark.parametrize("suffix", CODECS)
def test_recordings_of_phones_and_browsers_can_be_used(run, suffix):
    tones = np.concatenate([make_tone(300, 48_000), make_tone(390, 48_000)])
    encode(Path(f"two{suffix}"), np.stack([tones] * 2, axis=1))
    assert len(run(f"generate two{suffix} --to text")[0].split()) == 2


def test_words_shorter_than_a_frame_can_be_used(run):
    sound = np.concatenate([np.zeros(9000), make_tone(440)[5000:5730]] * 2 + [np.zeros(9000)])
    soundfile.write("short.wav", sound, RATE)
    assert len(run("generate short.wav --to text")[0].split()) == 2


def test_warnings_of_libraries_are_not_shown(workplace, monkeypatch, recwarn):
    monkeypatch.setitem(COMMANDS, "models", lambda _: warnings.warn("deep inside", stacklevel=1))
    assert main(["models"]) == 0 and len(recwarn) == 0


def test_speech_without_file_says_how_to_hear_it(run):
    output, errors = run("generate 75 --to speech")
    assert output == "seven five\n" and "--output FILE.wav" in errors


def test_retrieved_images_are_those_of_the_library(run, models):
    items = load(models / "double-conv_vae").retrieve("seven five", 3)
    found = json.loads(run("retrieve seven five --count 3 --json")[0])
    expected = [item.summary() for item in items]
    assert found == {"model": "double-conv_vae", "items": expected, "warning": None}
    output, _ = run("retrieve seven five --count 3")
    titles = [line for line in output.splitlines() if "distance" in line]
    assert [title.split(",")[0] for title in titles] == [
        f"{place}. {' '.join(item.words)}" for place, item in enumerate(items, 1)
    ]


def test_a_doubt_about_a_picture_is_said_by_both_commands(run):
    write_strokes(Path("strokes.png"))  # no digits at all
    warning = json.loads(run("generate strokes.png --to text --json")[0])["warning"]
    assert warning and json.loads(run("retrieve strokes.png --json")[0])["warning"] == warning
    assert run("retrieve strokes.png")[1] == f"take care: {warning}\n"
    assert run("retrieve 75")[1] == ""


def test_an_exported_model_is_the_same_elsewhere(run, models):
    run("export double-conv_vae shared")
    for path in (models / "double-conv_vae").iterdir():
        assert sha256(Path("shared/double-conv_vae") / path.name) == sha256(path)
    assert run("generate 75 --to image --models shared") == run("generate 75 --to image")


def test_json_is_all_there_is_on_standard_output(run):
    output, errors = run("generate 75 --to image --output 75.png --json")
    assert json.loads(output)["output"] == "75.png" and "pixels" not in output and errors == ""


def test_an_existing_file_is_replaced_whole(run):
    Path("75.png").write_text("old")
    run("generate 75 --to image --output 75.png")
    assert Image.open("75.png").size == (56, 28) and len(list(Path().iterdir())) == 1


def test_model_can_be_named(run):
    known = json.loads(run("generate 75 --to image --model double-direct --json")[0])
    assert known["model"] == "double-direct"


def start(arguments, **options):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, **options)


def test_the_installed_program_works_where_only_ascii_is_shown(workplace):
    result = start(
        ["generate", "75", "--to", "image"], env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert (result.returncode, result.stderr) == (0, "seven five: a combination seen in training\n")
    assert 10 < len(result.stdout.splitlines()) <= 14 and result.stdout.isascii()


def test_a_reader_that_stops_early_is_no_error(workplace):
    reader, writer = os.pipe()
    os.close(reader)
    command = [PROGRAM, "models"]
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, "")


def test_a_full_disk_is_told_in_one_line(workplace):
    with Path("/dev/full").open("w") as full:
        command = [PROGRAM, "models"]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 1 and "No space left" in result.stderr
    assert result.stderr.startswith("crossmodal: ") and result.stderr.count("\n") == 1
