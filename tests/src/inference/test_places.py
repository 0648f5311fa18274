"""A bundle from an archive or an address: checked, kept once, never by halves."""

import hashlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crossmodal.errors import DataError, ParameterError
from crossmodal.files import sha256
from crossmodal.inference import load, places, read_description
from crossmodal.inference.archives import pack
from crossmodal.inference.places import find_cache, open_place
from tests.src.inference.web import serve_web

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
CLOSED = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, not made yet; no proxy."""
    monkeypatch.setenv("CROSSMODAL_CACHE", str(tmp_path / "cache"))
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / "cache/bundles"


@pytest.fixture(scope="module")
def packed(folders):
    return pack(read_description(folders["direct"]))


@pytest.fixture
def web(packed):
    with serve_web() as web:
        web.files = {"direct.tar.gz": packed, "other.tar.gz": b"something else"}
        yield web


def pin(content):
    return f"#sha256={hashlib.sha256(content).hexdigest()}"


def kept(cache):
    """What is in the cache folder, hidden or not."""
    return [path.name for path in cache.iterdir()] if cache.is_dir() else []


def test_an_archive_is_loaded_from_a_path(packed, folders, tmp_path, cache):
    archive = tmp_path / "my model.tar.gz"
    archive.write_bytes(packed)
    assert load(archive).description.values == read_description(folders["direct"]).values
    assert load(f"{archive}{pin(packed)}").generate("75", "image").image.shape == (28, 56)
    assert kept(cache) == [sha256(archive)]
    with pytest.raises(DataError, match="instead of 000"):
        load(f"{archive}#sha256={'0' * 64}")


def test_an_address_is_fetched_once(web, packed, folders, cache):
    place = f"{web.address}/direct.tar.gz{pin(packed)}"
    folder = open_place(place)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in folders["direct"].iterdir()
    }
    assert open_place(place.replace(pin(packed), pin(packed).upper().replace("SHA", "sha")))
    assert open_place(f"https://nowhere.invalid/x.tar.gz{pin(packed)}") == folder
    assert len(web.asked) == 1 and kept(cache) == [folder.name]


def test_what_was_damaged_in_the_cache_is_fetched_again(web, packed, folders):
    place = f"{web.address}/direct.tar.gz{pin(packed)}"
    for harm in (
        lambda folder: (folder / "weights.safetensors").write_bytes(b""),
        lambda folder: (folder / "README.md").unlink(),
        lambda folder: (folder / "model.json").write_text("{}"),
    ):
        harm(open_place(place))
        load(place)
    assert len(web.asked) == 4


@pytest.mark.parametrize(
    ("path", "checksum", "answer"),
    [
        ("direct.tar.gz", f"#sha256={'0' * 64}", r"has SHA-256 \w{64} instead of 0{64}"),
        ("nothing.tar.gz", f"#sha256={'0' * 64}", "cannot be fetched: HTTP 404"),
        ("moved/nothing.tar.gz", f"#sha256={'0' * 64}", "cannot be fetched: HTTP 404"),
        ("other.tar.gz", pin(b"something else"), "cannot be unpacked"),
        ("cut/direct.tar.gz", f"#sha256={'0' * 64}", "was cut off after"),
    ],
)
def test_what_is_not_the_one_that_was_meant_leaves_nothing(web, cache, path, checksum, answer):
    with pytest.raises(DataError, match=answer) as refused:
        open_place(f"{web.address}/{path}{checksum}")
    assert "\n" not in str(refused.value) and web.address in str(refused.value)
    assert kept(cache) == []


@pytest.mark.parametrize("checksum", ["", "#", "#sha1=00", "#md5=00", "?sha256=00"])
def test_an_address_without_a_checksum_is_not_even_asked(web, cache, checksum):
    with pytest.raises(ParameterError, match="has no checksum; allowed"):
        open_place(f"{web.address}/direct.tar.gz{checksum}")
    assert web.asked == [] and not cache.exists()


@pytest.mark.parametrize("digits", ["", "00", "g" * 64, "0" * 63, "0" * 65, "../" + "0" * 61])
def test_a_checksum_that_is_none_is_refused(web, tmp_path, digits):
    for place in (f"{web.address}/direct.tar.gz", tmp_path / "direct.tar.gz"):
        with pytest.raises(ParameterError, match="is no SHA-256; allowed"):
            open_place(f"{place}#sha256={digits}")
    assert web.asked == []


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("http://", "cannot be fetched"),
        ("http://[::1", "cannot be fetched"),
        ("http://nowhere.invalid/x y", "cannot be fetched"),
        ("http://127.0.0.1:port/x", "cannot be fetched"),
        ("http://127.0.0.1/\u2603", "cannot be fetched"),
        (f"{CLOSED}/x", "Connection refused"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(cache, address, answer):
    with pytest.raises(DataError, match=answer) as refused:
        open_place(f"{address}#sha256={'0' * 64}")
    assert "\n" not in str(refused.value) and kept(cache) == []


def test_a_password_is_not_repeated(cache):
    with pytest.raises(ParameterError, match="user name") as refused:
        open_place(f"http://me:secret@127.0.0.1/x#sha256={'0' * 64}")
    assert "secret" not in str(refused.value)


def test_a_redirect_is_followed(web, packed):
    assert open_place(f"{web.address}/moved/direct.tar.gz{pin(packed)}").is_dir()


def test_a_file_without_end_is_given_up(web, cache, monkeypatch):
    monkeypatch.setattr(places, "LARGEST_ARCHIVE", 2**20)
    with pytest.raises(DataError, match="more than 1,048,576 bytes"):
        open_place(f"{web.address}/endless#sha256={'0' * 64}")
    assert kept(cache) == []


def test_a_proxy_is_used_but_not_for_this_machine(web, packed, monkeypatch):
    monkeypatch.setenv("http_proxy", CLOSED)
    load(f"{web.address}/direct.tar.gz{pin(packed)}")
    with pytest.raises(DataError, match="Connection refused"):
        open_place(f"http://example.invalid/direct.tar.gz#sha256={'0' * 64}")
    # A proxy is asked for the whole address, and its answer is checked as any other.
    monkeypatch.setenv("http_proxy", web.address)
    with pytest.raises(DataError, match="instead of"):
        open_place(f"http://example.invalid/direct.tar.gz#sha256={'0' * 64}")
    assert web.asked[-1] == "http://example.invalid/direct.tar.gz"
    monkeypatch.setenv("no_proxy", "example.invalid")
    with pytest.raises(DataError, match="cannot be fetched"):
        open_place(f"http://example.invalid/direct.tar.gz#sha256={'1' * 64}")
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (lambda path: None, "is missing"),
        (Path.mkdir, "is a folder"),
        (lambda path: os.mkfifo(path), "is a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "is a pipe, a device"),
        (lambda path: path.write_bytes(b"x"), "cannot be unpacked"),
    ],
)
def test_what_is_no_archive_is_said_plainly(tmp_path, cache, make, answer):
    make(tmp_path / "x.tar.gz")
    with pytest.raises(DataError, match=answer):
        open_place(str(tmp_path / "x.tar.gz"))
    assert kept(cache) == []


def test_an_archive_of_a_damaged_model_is_not_kept(folders, tmp_path, cache, monkeypatch):
    known = read_description(folders["direct"])
    archive = tmp_path / "x.tar.gz"
    for name in ("README.md", "weights.safetensors", "model.json"):
        monkeypatch.setattr(
            places, "unpack", lambda *_, name=name: {
                path.name: path.read_bytes() + b" " * (path.name == name)
                for path in folders["direct"].iterdir()
            } if name != "model.json" else {"model.json": b"{}"},
        )  # fmt: skip
        archive.write_bytes(pack(known))
        with pytest.raises(DataError, match=rf"^in .*x\.tar\.gz: {name}") as refused:
            open_place(str(archive))
        assert str(cache) not in str(refused.value) and kept(cache) == []


def test_a_cache_folder_that_cannot_be_is_an_error_of_the_machine(packed, tmp_path, monkeypatch):
    (tmp_path / "x.tar.gz").write_bytes(packed)
    monkeypatch.setenv("CROSSMODAL_CACHE", "/dev/null/cache")
    with pytest.raises(OSError, match="Not a directory") as failed:
        open_place(str(tmp_path / "x.tar.gz"))
    assert failed.value.filename


def test_the_cache_is_where_the_system_has_caches(monkeypatch, tmp_path):
    monkeypatch.delenv("CROSSMODAL_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if sys.platform != "darwin":
        assert find_cache() == tmp_path / ".cache/crossmodal/bundles"
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
        assert find_cache() == tmp_path / "x/crossmodal/bundles"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_cache() == tmp_path / "Library/Caches/crossmodal/bundles"


LOAD = """
import sys
from crossmodal.inference.places import open_place
print(open_place(sys.argv[1]))
"""


def test_many_at_once_and_one_killed_leave_a_whole_one(web, packed, cache):
    place = f"{web.address}/direct.tar.gz{pin(packed)}"
    temporary = cache / f".tmp-{pin(packed)[8:]}"
    temporary.mkdir(parents=True)  # what a killed run leaves
    (temporary / "model.json").write_text("half")
    command = [sys.executable, "-c", LOAD, place]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({run.communicate()[0] for run in runs}) == 1
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert kept(cache) == [pin(packed)[8:]]
    load(place)


def test_no_network_is_touched_by_a_path(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    (tmp_path / "x.tar.gz").write_bytes(packed)
    load(tmp_path / "x.tar.gz")
