"""Mistakes that are easily made: what was meant is understood, or offered."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.cli.main import main
from crossmodal.cli.parser import NAMES, build_parser
from tests.src.cli.good_files import RATE, make_tone, write_strokes


@pytest.fixture
def refuse(workplace, capfd):
    """The line that a command line ends with."""

    def refuse(*arguments):
        assert main(arguments) == 2
        output, errors = capfd.readouterr()
        assert output == "" and errors.count("\n") == 1
        return errors

    return refuse


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("modles",), "models"),
        (("generat", "75", "--to", "image"), "generate"),
        (("Export", "x", "y"), "export"),
        (("generate", "75", "--to", "speach"), "speech"),
        (("generate", "75", "--to", "image", "--outptu", "x.png"), "--output"),
        (("models", "--modles", "x"), "--models"),
        (("generate", "75", "--to", "image", "--model", "conv_vae"), "double-conv_vae"),
        (("describe", "skipmodal-ours"), "skipmodal-ours-0"),
        (("export", "double-conv-vea", "x"), "double-conv_vae"),
    ],
)
def test_the_closest_name_is_offered(refuse, arguments, near):
    hint = refuse(*arguments).split("(did you mean ")[1].split("?)")[0]
    assert near in hint.split(" or ")


def test_nothing_is_offered_where_nothing_is_near(refuse):
    assert "did you mean" not in refuse("describe", "zzz")
    assert "did you mean" not in refuse("qqq")


def test_the_names_offered_are_those_that_there_are():
    def collect(parser):
        for action in parser._actions:
            yield from action.option_strings
            yield from action.choices or ()
            if isinstance(action, argparse._SubParsersAction):
                for command in action.choices.values():
                    yield from collect(command)

    assert {*NAMES} == {*collect(build_parser())} - {"-h"}


@pytest.mark.parametrize("words", ["'seventy six'", "SEVENTY-SIX", "7\u20116", "7\u20136", "76"])
def test_unambiguous_words_are_understood(run, words):
    assert run(f"generate {words} --to speech")[0] == "seven six\n"


@pytest.mark.parametrize("name", ["double_conv_vae", "double/conv_vae", "DOUBLE-CONV_VAE"])
def test_unambiguous_models_are_understood(run, name):
    known = json.loads(run(f"generate 75 --to IMAGE --json --model {name}")[0])
    assert known["model"] == "double-conv_vae"
    assert run(f"describe {name}")[0].startswith("# double-conv_vae")


def test_models_say_which_is_taken_and_why(run):
    legend = run("models")[0].split("\n\n")[1]
    for said in ("double-conv_vae for two digits", "skipmodal-ours-0 for sentences", "reads best"):
        assert said in legend
    rows = json.loads(run("models --json")[0])
    assert [row["name"] for row in rows if row["default"]] == [
        "colored-conv_vae", "double-conv_vae", "skipmodal-ours-0",
    ]  # fmt: skip


@pytest.mark.parametrize("channels", [2, 6])
def test_recordings_of_several_channels_are_mixed_down(run, channels):
    samples = np.concatenate([make_tone(400), make_tone(700)])
    soundfile.write("mono.wav", samples, RATE)
    soundfile.write("many.wav", np.stack([samples] * channels, 1), RATE)
    one_side = np.zeros((len(samples), channels))
    one_side[:, 0] = samples
    soundfile.write("side.wav", one_side, RATE)
    expected = run("generate mono.wav --to image --json")
    for name in ("many.wav", "side.wav"):
        assert run(f"generate {name} --to image --json") == expected


def test_channels_without_end_are_refused(refuse):
    soundfile.write("many.wav", np.zeros((RATE * 30, 64), np.int16), RATE)
    assert "channels" in refuse("generate", "many.wav", "--to", "text")


def test_one_word_is_one_word(refuse):
    soundfile.write("one.wav", make_tone(440), RATE)
    assert "1 word was heard;" in refuse("generate", "one.wav", "--to", "text")
    named = ("--model", "double-conv_vae")
    assert "1 word was heard instead" in refuse("generate", "one.wav", "--to", "text", *named)


def test_dark_blue_ink_is_no_colour(run):
    paper = Image.new("RGB", (240, 120), (246, 244, 240))
    for left in (40, 160):
        paper.paste((25, 30, 120), (left, 20, left + 28, 100))
    paper.save("ink.png")
    known = json.loads(run("generate ink.png --to text --json")[0])
    assert known["model"] == "double-conv_vae" and len(known["words"]) == 2


def test_a_square_photograph_of_digits_asks_for_a_model(run, refuse):
    write_strokes(Path("wide.png"))
    picture = Image.open("wide.png").convert("RGB")
    square = Image.new("RGB", (120, 120), "white")
    square.paste(picture.point(lambda value: 255 - value), (0, 30))
    square.save("square.png")
    for arguments in (("generate", "square.png", "--to", "text"), ("retrieve", "square.png")):
        assert "--model" in refuse(*arguments)
    assert len(run("generate square.png --to text --model double-conv_vae")[0].split()) == 2
