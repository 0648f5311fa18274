"""LJSpeech's metadata: read back what was written, and count what cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.ljspeech import METADATA, read_ljspeech, write_metadata
from crossmodal.errors import DataError


def read(folder, content):
    (folder / METADATA).write_bytes(content)
    broken = BrokenInputs(0, "limit")
    return [(row.id, row.text) for row in read_ljspeech(folder, broken)], broken


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "wavs").mkdir()
    for name in ("a", "b", "LJ001-0001"):
        (tmp_path / "wavs" / f"{name}.wav").touch()
    return tmp_path


def test_what_is_written_is_read(folder):
    rows = [("b", 'say "no"'), ("a", "it's, well"), ("LJ001-0001", "a; b")]
    write_metadata(folder, rows)
    found, broken = read(folder, (folder / METADATA).read_bytes())
    assert found == rows and broken.counts == {}


def test_the_normalized_text_counts_and_quotes_are_text(folder):
    found, _ = read(folder, b'a|"7" is|"seven" is\r\n\nb|x|y')
    assert found == [("a", '"seven" is'), ("b", "y")]


def test_each_kind_is_counted_with_its_line(folder):
    lines = [
        b"a|x|x", b"b|x", b"b|x|y|z", b"../a|x|x", b"a|x|x", b"b|\xff|\xff", b"b|7|7",
        b"b|x|", b"none|x|x", b"b|x|kept",
    ]  # fmt: skip
    found, broken = read(folder, b"\n".join(lines))
    assert found == [("a", "x"), ("b", "kept")]
    assert broken.counts == {
        "malformed row": 5,
        "missing wav": 1,
        "no text": 1,
        "unknown characters": 1,
    }
    assert broken.found[0]["name"] == "metadata.csv: line 2"


def test_missing_metadata_are_named(tmp_path):
    with pytest.raises(DataError, match=r"metadata\.csv is missing"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))
    (tmp_path / METADATA).mkdir()
    with pytest.raises(DataError, match=r"metadata\.csv is a folder"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"a|b|c", b"|", b"\n", b"a|", b"b||b"])))
def test_odd_metadata_never_crash(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("lj")
    (folder / "wavs").mkdir()
    (folder / "wavs" / "a.wav").touch()
    content = b"".join(parts)
    found, broken = read(folder, content)
    rows = sum(bool(line.strip()) for line in content.split(b"\n"))
    assert len(found) + len(broken.found) == rows
