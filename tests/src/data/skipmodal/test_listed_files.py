"""Files are found by the names that other people's lists give them, and only inside a folder."""

import os
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.skipmodal.listed_files import (
    find_file,
    id_to_name,
    is_id,
    name_to_id,
    name_what_is_there,
    why_no_file,
)

COMPOSED = "Café Å.jpg"
TAKEN_APART = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg", "sub/b.jpg", "./sub//b.jpg", "my cat (1).jpg", "[1] b.jpg", "-dash.jpg", ".a.jpg",
        "d.JPG", "a.b.c.jpg", "no ending", "猫.jpg", "a\\b.jpg", "a\nb.jpg", "%2F.jpg", COMPOSED,
        TAKEN_APART,
    ],
)  # fmt: skip
def test_any_name_inside_is_found(tmp_path, name):
    path = tmp_path / "images" / name
    path.parent.mkdir(parents=True)
    path.touch()
    assert find_file([tmp_path / "none", tmp_path / "images"], name) == path


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (COMPOSED, TAKEN_APART),
        (TAKEN_APART, COMPOSED),
        ("sub/b.jpg", "sub\\b.jpg"),
        (f"sub/{TAKEN_APART}", f"sub\\{COMPOSED}"),
        ("a.JPG", "a.jpg"),
        ("sub.d/a.b.Jpg", "sub.d/a.b.Jpg"),
        ("a.wav", "a.WAV"),
    ],
)
def test_other_ways_to_write_a_name_are_found(tmp_path, there, asked):
    path = tmp_path / there
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert find_file([tmp_path], asked) == path


@pytest.mark.parametrize("name", ["../a", "a/../b", "..", "/etc/hosts", "..\\a", "a\\..\\..\\b"])
def test_what_leads_out_is_refused(tmp_path, name):
    (tmp_path / "inside/a").mkdir(parents=True)
    for file in ("a", "inside/b"):
        (tmp_path / file).touch()
    with pytest.raises(ValueError, match="leads out of the folder"):
        find_file([tmp_path / "inside"], name)


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_a_file_or_none(tmp_path_factory, name):
    try:
        assert find_file([tmp_path_factory.getbasetemp() / "no"], name) is None
    except ValueError:
        assert ".." in name or name[0] in "/\\"


def test_only_regular_files_and_links_to_them_count(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "nowhere").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe")
    assert find_file([tmp_path], "link") == tmp_path / "link"
    for name, reason in {
        "gone": "is missing",
        "nowhere": r"is missing \(it is a link to nothing\)",
        "folder": "is a folder, but must be a file",
        "pipe": "is a pipe, a device or a socket, but must be a file",
        300 * "n": r"cannot be read: \[Errno \d+\] File name too long",
    }.items():
        assert find_file([tmp_path], name) is None
        assert re.fullmatch(reason, why_no_file(tmp_path / name))


def test_what_is_there_instead_is_named(tmp_path):
    assert name_what_is_there(tmp_path) == f"{tmp_path} has nothing"
    for name in ("c.json", "._c.json", "b\t\x1b.json", ".DS_Store"):
        (tmp_path / name).touch()
    assert name_what_is_there(tmp_path) == f"{tmp_path} has b \\x1b.json, c.json"
    gone = tmp_path / "gone"
    expected = f"{gone / 'a'} is missing; {gone} is missing; {tmp_path} has b \\x1b.json, c.json"
    assert name_what_is_there(gone / "a") == expected
    gone.write_text("../wavs")
    assert f"{gone} is a file, perhaps a link copied as text; " in name_what_is_there(gone)
    for number in range(9):
        (tmp_path / f"a{number}").touch()
    assert name_what_is_there(tmp_path).endswith("has a0, a1, a2, a3, a4, ...")


@given(st.text(), st.text())
def test_ids_and_names_of_files_are_told_apart(first, second):
    assert name_to_id(id_to_name(first)) == first
    assert "/" not in id_to_name(first)
    assert (id_to_name(first) == id_to_name(second)) == (first == second)


def test_an_id_can_name_files():
    assert all(map(is_id, ("a", "sub/a", "Café 猫", "..", 200 * "a")))
    assert not any(map(is_id, ("", "a\n", "\0", "\ud800", 201 * "a", 70 * "猫", 70 * "/")))
