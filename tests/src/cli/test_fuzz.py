"""Whatever people type and whatever is in their files: a result or one line, never a traceback."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crossmodal.cli.main import main
from tests.src.cli.good_files import make_tone, write_strokes, write_tones
from tests.src.data.encoded_audio import encode

FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(blacklist_characters="\0"), max_size=30)
GOOD = st.sampled_from(["seven", "5", "75", "red", "Blue", " ", "-", ","])


def run(*arguments):
    """Check what holds for all commands; returns the exit code."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = main(arguments)
    if code:
        assert code == 2 and output.getvalue() == ""
        assert errors.getvalue().startswith("crossmodal: ") and errors.getvalue().count("\n") == 1
    return code


@FUZZ
@given(st.lists(GOOD | TEXT, min_size=1, max_size=5))
@example(["red 7", "blue 5"])
def test_any_words(workplace, words):
    run("generate", "--to", "image", "--", *words)
    assert list(workplace.iterdir()) == []


@FUZZ
@given(
    st.lists(TEXT | st.sampled_from(["generate", "retrieve", "75", "--to", "image"]), max_size=6)
)
def test_any_command_line(workplace, arguments):
    # These end with a help text, or write to a file of any name.
    if not {"-h", "--help", "--output", "export"} & set(arguments):
        run(*arguments)
    assert list(workplace.iterdir()) == []


@FUZZ
@given(st.sampled_from([".png", ".jpg", ".wav", ".flac", ".m4a", ".mp3"]), st.binary(max_size=200))
def test_any_bytes_as_a_file(workplace, suffix, content):
    heads = {
        ".png": b"\x89PNG\r\n\x1a\n",
        ".jpg": b"\xff\xd8\xff",
        ".wav": b"RIFF",
        ".flac": b"fLaC",
        ".m4a": b"\0\0\0\x18ftypM4A ",
        ".mp3": b"\xff\xfb\x90\x64",
    }
    for head in (b"", heads[suffix]):
        path = workplace / f"any{suffix}"
        path.write_bytes(head + content)
        run("generate", str(path), "--to", "text")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A folder of files that can be used."""
    folder = tmp_path_factory.mktemp("good")
    for suffix in (".png", ".jpg"):
        write_strokes(folder / f"good{suffix}")
    for suffix in (".wav", ".flac"):
        write_tones(folder / f"good{suffix}", 2)
    for suffix in (".m4a", ".webm"):
        encode(
            folder / f"good{suffix}", np.concatenate([make_tone(hz, 48_000) for hz in (300, 390)])
        )
    return folder


@FUZZ
@given(
    st.sampled_from([".png", ".jpg", ".wav", ".flac", ".m4a", ".webm"]),
    st.lists(st.tuples(st.integers(0, 999), st.integers(1, 255)), max_size=3),
    st.integers(300, 1000),
)
def test_damaged_files(workplace, good, suffix, flips, kept):
    content = bytearray((good / f"good{suffix}").read_bytes())
    for place, change in flips:
        # Headers, where damage does most, are hit more often.
        content[place**4 * len(content) // 1000**4] ^= change
    path = workplace / f"damaged{suffix}"
    path.write_bytes(content[: kept * len(content) // 1000])
    run("generate", str(path), "--to", "text")
    path.unlink()
    assert list(workplace.iterdir()) == []


def test_undamaged_files_can_be_used(workplace, good):
    for path in sorted(good.iterdir()):
        assert run("generate", str(path), "--to", "text") == 0


@FUZZ
@given(
    st.integers(0, 999), st.integers(1, 255), st.sampled_from(["model.json", "weights.safetensors"])
)
def test_any_flipped_byte_of_a_model_is_noticed(workplace, models, place, change, name):
    folder = workplace / "flipped/double-direct"
    folder.mkdir(parents=True, exist_ok=True)
    for path in (models / "double-direct").iterdir():
        content = bytearray(path.read_bytes())
        if path.name == name:
            content[place * len(content) // 1000] ^= change
        (folder / path.name).write_bytes(content)
    code = run("generate", "75", "--to", "image", "--models", "flipped", "--model", "double-direct")
    # Blanks and line ends between the values of JSON carry nothing.
    assert code == 2 or name == "model.json"
