"""LJSpeech's metadata: read back what was written, and count what cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.ljspeech import (
    METADATA,
    read_ljspeech,
    recording_path,
    write_metadata,
)
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


def test_each_kind_is_counted_with_its_line_and_reason(folder):
    (folder / "wavs/folder.wav").mkdir()
    lines = {
        "a|x|x": None,
        "b": "1 fields by |, not id|text or id|text|normalized text",
        "b,x": "1 fields by |, not id|text or id|text|normalized text",
        "b|x|y|z": "4 fields by |, not id|text or id|text|normalized text",
        "../a|x|x": "its id ../a: it leads out of the folder",
        "/a|x": "its id /a: it leads out of the folder",
        "a|x|again": "its recording is that of the row a",
        "a.wav|x|again": "its recording is that of the row a",
        "|x|x": "its id is empty, too long or has odd characters",
        "a\x1b|x|x": "its id is empty, too long or has odd characters",
        "b|x|🐶": "'🐶' in '🐶'",
        "b||": "it is empty",
        "b|...|": "only '...'",
        "none|x|x": "wavs/none.wav is missing",
        "folder|x|x": "wavs/folder.wav is a folder, but must be a file",
        "b|x|kept": None,
    }
    found, broken = read(folder, "\n".join(lines).encode())
    assert found == [("a", "x"), ("b", "kept")]
    assert [(entry["name"], entry["reason"]) for entry in broken.found] == [
        (f"metadata.csv: line {number}", reason)
        for number, reason in enumerate(lines.values(), start=1)
        if reason
    ]
    assert broken.counts == {
        "malformed row": 9,
        "missing wav": 2,
        "no words": 2,
        "unknown characters": 1,
    }
    assert broken.listed == {"rows": len(lines)}


@pytest.mark.parametrize(
    "content",
    [
        "a|1 dog.|one dog\nb|two\n",
        "a|1 dog|one dog\nb|two|\n",
        "  a | one dog | one dog \n\tb\t|\ttwo\t|\ttwo\t\n",
        "a.wav|1 dog\nb.wav|two",
        "wavs/a|one dog\nwavs/b.wav|two",
        "./a|one dog\n.\\b|two",
        "a|one dog\r\n\r\nb|two\r\n",
        "a|one dog\rb|two\r",
        "\ufeffa|one dog\nb|two\n",
        "id|text|normalized_text\na|x|one dog\nb|x|two\n",
        "\ufeffFile_Name | Text\r\na.wav|one dog\r\nb.wav|two\r\n",
    ],
)
def test_other_ways_to_write_the_rows_are_read(folder, content):
    found, broken = read(folder, content.encode())
    assert [text for _, text in found] == ["one dog", "two"]
    assert broken.found == []


def test_a_row_that_looks_like_names_of_columns_is_read_where_it_has_a_recording(folder):
    (folder / "wavs/name.wav").touch()
    assert read(folder, b"name|one\na|two")[0] == [("name", "one"), ("a", "two")]
    found, broken = read(folder, b"a|two\nid|text")
    assert found == [("a", "two")] and broken.counts == {"missing wav": 1}


FILES = ["wavs/sub/é.wav", "wavs/b c (1).WAV", "d.wav", "clips/e.wav", "wavs/f.flac", "wavs/-g.wav"]
IDS = ["sub/é", "b c (1)", "d", "clips/e.wav", "f.flac", "-g", "%2F"]


def test_recordings_lie_where_their_ids_say(tmp_path):
    files = [tmp_path / file for file in (*FILES, "wavs/%2F.wav")]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_metadata(tmp_path, [(name, "a text") for name in IDS])
    broken = BrokenInputs(0, "limit")
    rows = read_ljspeech(tmp_path, broken)
    assert broken.found == []
    assert [row.path for row in rows] == files
    # Names of files that are made of a clip lead back to it.
    assert [recording_path(tmp_path, row.name) for row in rows] == files
    assert all("/" not in row.name for row in rows) and len({row.name for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("encoding", "wrong"),
    [("utf-16", "is UTF-16 or UTF-32"), ("utf-16-le", "is UTF-16 or UTF-32"), ("utf-8-sig", None)],
)
def test_encodings_of_the_whole_file_are_read_or_named(folder, encoding, wrong):
    content = "a|a café\n".encode(encoding)
    if wrong:
        with pytest.raises(DataError, match=rf"metadata\.csv {wrong}.*save it as UTF-8"):
            read(folder, content)
    else:
        assert read(folder, content)[0] == [("a", "a cafe")]


def test_rows_in_an_older_encoding_are_told_as_what_they_are(folder):
    found, broken = read(folder, b"a|caf\xe9\nb|\x93two\x94\nLJ001-0001|x")
    assert found == [("LJ001-0001", "x")]
    assert [entry["reason"] for entry in broken.found] == [
        "not UTF-8; as Windows-1252 or Latin-1 it reads 'a|café'",
        "not UTF-8; as Windows-1252 or Latin-1 it reads 'b|“two”'",
    ]


def test_missing_metadata_are_named(tmp_path):
    with pytest.raises(DataError, match=r"metadata\.csv is missing; .* has nothing"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))
    (tmp_path / "metadata.txt").touch()
    with pytest.raises(DataError, match=r"metadata\.csv is missing; .* has metadata\.txt"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))
    (tmp_path / METADATA).symlink_to("gone")
    with pytest.raises(DataError, match=r"metadata\.csv is missing \(it is a link to nothing\)"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))
    (tmp_path / METADATA).unlink()
    (tmp_path / METADATA).mkdir()
    with pytest.raises(DataError, match=r"metadata\.csv is a folder"):
        read_ljspeech(tmp_path, BrokenInputs(0, "limit"))


def test_missing_recordings_are_told_once_where_none_is_there(tmp_path):
    broken = BrokenInputs(0, "limit")
    write_metadata(tmp_path, [("a", "one"), ("b", "two")])
    wrong = r"no recording of .*metadata\.csv is there: wavs/a\.wav is missing; .*wavs is missing; "
    with pytest.raises(DataError, match=wrong):
        read_ljspeech(tmp_path, broken)
    (tmp_path / "wavs").write_text("../wavs")
    with pytest.raises(DataError, match=r"wavs is a file, perhaps a link copied as text"):
        read_ljspeech(tmp_path, broken)
    (tmp_path / "wavs").unlink()
    (tmp_path / "wavs").mkdir()
    (tmp_path / "wavs/a.wma").touch()
    with pytest.raises(DataError, match=r"metadata\.csv is there: .*; .*wavs has a\.wma"):
        read_ljspeech(tmp_path, broken)


def test_recordings_whose_texts_cannot_be_used_are_there(folder):
    found, broken = read(folder, "a|🐶\nnone|x".encode())
    assert found == [] and broken.counts == {"missing wav": 1, "unknown characters": 1}


@settings(max_examples=100)
@given(
    st.lists(
        st.binary(max_size=20)
        | st.sampled_from([b"a|b|c", b"|", b"\n", b"a|", b"b||b", b"id|", b"\xef\xbb\xbf", b"..|x"])
    )
)
def test_odd_metadata_never_crash(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("lj")
    (folder / "wavs").mkdir()
    (folder / "wavs" / "a.wav").touch()
    content = b"".join(parts)
    try:
        found, broken = read(folder, content)
    except DataError as error:
        assert "UTF-16" in str(error) or "no recording of" in str(error)
    else:
        assert len(found) + len(broken.found) == broken.listed["rows"]
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n" if b"\n" in content else b"\r")
        heading = lines[0].split(b"|")[0].strip() == b"id"
        assert broken.listed["rows"] == sum(bool(line.strip()) for line in lines) - heading
