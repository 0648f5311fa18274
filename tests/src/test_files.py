import os

import pytest

from crossmodal.errors import DataError
from crossmodal.files import atomic_path, check_file, read_json, sha256, write_json, write_text


def test_failed_write_leaves_old_file_and_no_leftover(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_of_a_folder_leaves_old_folder(tmp_path):
    path = tmp_path / "shards"
    path.mkdir()
    (path / "kept").touch()
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.mkdir()
        raise RuntimeError
    assert [p.name for p in path.iterdir()] == ["kept"]
    with atomic_path(path) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert [p.name for p in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


def test_leftover_of_a_killed_run_is_overwritten(tmp_path):
    (tmp_path / ".tmp-a.json").write_text("half")
    write_json(tmp_path / "a.json", {"b": 1, "a": [1.5]})
    assert (tmp_path / "a.json").read_text() == '{\n  "a": [\n    1.5\n  ],\n  "b": 1\n}\n'
    assert len(list(tmp_path.iterdir())) == 1


def test_json_refuses_nan_and_writes_nothing(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_reading_json_names_the_file(tmp_path):
    with pytest.raises(DataError, match=r"gone\.json is missing"):
        read_json(tmp_path / "gone.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(DataError, match=r"bad\.json cannot be read as JSON"):
        read_json(tmp_path / "bad.json")


@pytest.mark.parametrize("read", [read_json, sha256, check_file])
def test_only_regular_files_are_read(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "real.json").write_text("1")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    found = {
        "pipe": "is a pipe",
        "zero": "a device",
        ".": "is a folder",
        "dangling": "a link to nothing",
        "nothing": "is missing",
        "real.json/x": "is missing",
        "n" * 300: "cannot be read",
        "a\0": "cannot be read",
    }
    for name, message in found.items():
        with pytest.raises(DataError, match=message):
            read(tmp_path / name)
    assert read(tmp_path / "link.json")


def test_deep_or_huge_json_is_refused(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 200_000)
    with pytest.raises(DataError, match=r"deep\.json cannot be read as JSON"):
        read_json(tmp_path / "deep.json")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(DataError, match=r"huge\.json has 10,737,418,240 bytes"):
        read_json(tmp_path / "huge.json")


def test_sha256_known_answer(tmp_path):
    write_text(tmp_path / "abc", "abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(tmp_path / "abc") == expected
