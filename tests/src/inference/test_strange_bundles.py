"""Bundles that a stranger made: nothing of this machine is read, printed or copied by them."""

import errno
import hashlib
import json
import os
import shutil
import socket
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference import load, read_description
from crossmodal.inference.bundle import MAX_HEADER, MAX_TENSORS
from crossmodal.inference.bundles import copy_bundle, read_card, read_models
from crossmodal.inference.description import Description, hash_values, list_files
from crossmodal.inference.regular_files import read_regular

CARD, DESCRIPTION, WEIGHTS = "README.md", "model.json", "weights.safetensors"
FILES = (CARD, DESCRIPTION, WEIGHTS)
SECRET = "what only this machine knows"


@pytest.fixture
def place(folders, tmp_path):
    """A folder with one model, `made`, to alter, and a file outside of it."""
    (tmp_path / "secret").write_text(SECRET)
    shutil.copytree(folders["double"], tmp_path / "shelf/made")
    return tmp_path


@pytest.fixture
def made(place):
    return place / "shelf/made"


def rewrite(folder, **changes):
    """Other values with right checksums, as only a person can make them."""
    values = json.loads((folder / DESCRIPTION).read_text()) | changes
    values["self_sha256"] = hash_values(values)
    (folder / DESCRIPTION).write_text(json.dumps(values))


def put(folder, name, content):
    """Another content of a file, listed rightly."""
    (folder / name).write_bytes(content)
    values = json.loads((folder / DESCRIPTION).read_text())
    rewrite(folder, files={**values["files"], **list_files({name: content})})


def refuse(place):
    """Neither loaded, nor shown, nor copied; what is said of the loading."""
    shelf, answers = place / "shelf", []

    def use_card():
        models = read_models(shelf)
        if models.damaged:
            raise next(iter(models.damaged.values()))
        return read_card(next(iter(models.known.values())))

    def copy():
        models = read_models(shelf)
        return copy_bundle(models.find("made"), place / "copies")

    for use in (lambda: load(shelf / "made"), use_card, copy):
        try:
            assert SECRET not in str(use())
        except DataError as error:
            answers.append(str(error))
    assert not (place / "copies").exists()
    assert answers and not any(SECRET in answer or "\n" in answer for answer in answers)
    return answers[0]


def link(path, place):
    path.symlink_to(place / "secret")


def link_to_itself(path, place):
    path.symlink_to(path)


def link_to_twin(path, place):
    """To the very content that is listed: still no file of the folder."""
    shutil.copy(place / "twin", place / "elsewhere")
    path.symlink_to(place / "elsewhere")


def link_to_device(path, place):
    path.symlink_to("/dev/zero")


def make_pipe(path, place):
    os.mkfifo(path)


def make_socket(path, place):
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.chdir(here)


def make_folder(path, place):
    path.mkdir()


def hard_link(path, place):
    path.hardlink_to(place / "secret")


def make_sparse(path, place):
    with path.open("wb") as file:
        file.truncate(2**40)


def make_nothing(path, place):
    path.touch()


KINDS = (link, link_to_itself, link_to_twin, link_to_device, make_pipe, make_socket, make_folder,
         hard_link, make_sparse, make_nothing)  # fmt: skip


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_of_the_bundle_is_refused_at_once(place, made, name, make):
    shutil.copy(made / name, place / "twin")
    (made / name).unlink()
    make(made / name, place)
    started = time.monotonic()
    answer = refuse(place)
    assert time.monotonic() - started < 20  # a pipe would wait for ever, a device never end
    assert str(made / name) in answer or name == CARD


@pytest.mark.parametrize("name", FILES)
def test_a_cache_that_names_files_by_content_may_be_linked(place, made, name):
    """As DVC does where hard links cannot be made; any other content there is refused."""
    content = (made / name).read_bytes()
    digest = hashlib.md5(content).hexdigest()
    cached = place / "cache/files/md5" / digest[:2] / digest[2:]
    cached.parent.mkdir(parents=True)
    (made / name).replace(cached)
    (made / name).symlink_to(cached)
    assert load(made).description.name == "double-mlp_ae"
    known = read_models(place / "shelf").find("made")
    copied = copy_bundle(known, place / "copies")
    assert not (copied / name).is_symlink() and (copied / name).stat().st_nlink == 1
    shutil.rmtree(place / "copies")
    cached.write_bytes(content + b" ")
    refuse(place)


def test_a_hard_link_to_what_is_listed_is_that_file(place, made):
    (place / "other").hardlink_to(made / WEIGHTS)
    assert load(made).description.name == "double-mlp_ae"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("key", ["autoencoder.mean.bias", "words.text", "gallery.embeddings"])
def test_weights_that_are_no_numbers_are_refused(place, made, key, value):
    tensors = load_tensors((made / WEIGHTS).read_bytes())
    tensors[key].view(-1)[-1] = value
    put(made, WEIGHTS, save(tensors))
    assert f"{key} holds values that are no numbers" in refuse(place)


def test_finite_weights_that_overflow_give_no_answer(place, made):
    tensors = load_tensors((made / WEIGHTS).read_bytes())
    for key in tensors:
        if key.startswith("autoencoder.decoder"):
            signs = torch.randint(0, 2, tensors[key].shape) * 2 - 1
            tensors[key] = 3e38 * signs  # sums of which are infinity less infinity
    put(made, WEIGHTS, save(tensors))
    with pytest.raises(DataError, match="no numbers"):
        load(made).generate("75", to="image")
    for key in tensors:
        if key.startswith("mapping.text"):
            tensors[key] = torch.full_like(tensors[key], 3e38)
    put(made, WEIGHTS, save(tensors))
    refuse(place)


def header(text, length=None):
    """A weights file with this header, and no tensors' values."""
    content = text.encode()
    return (len(content) if length is None else length).to_bytes(8, "little") + content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        header("", 0),
        header("{}", 2**63),
        header("{}", 3),
        header(" " * (MAX_HEADER + 1)),
        header("[" * MAX_HEADER),
        header("[]"),
        header('{"a": NaN}'),
        header('{"a": {}, "a": {}}'),
        header(json.dumps({str(n): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
                           for n in range(MAX_TENSORS + 1)})),
        header('{"a": {"dtype": "F32", "shape": [999999999, 999999999], "data_offsets": [0, 0]}}'),
        header('{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}'),
        header('{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}}'),
    ],
)  # fmt: skip
def test_a_header_that_lies_or_is_huge_is_refused(place, made, content):
    put(made, WEIGHTS, content)
    started = time.process_time()
    refuse(place)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"name": ', '"name": "other", "name": '),
        ('"psnr": 15.5', '"psnr": NaN'),
        ('"psnr": 15.5', '"psnr": 1e999'),
        ('"psnr": 15.5', '"psnr": -Infinity'),
        ('"psnr": 15.5', '"psnr": ' + "9" * 5000),
    ],
)
def test_json_of_two_meanings_or_without_number_is_refused(place, made, old, new):
    text = (made / DESCRIPTION).read_text()
    assert old in text
    values = json.loads(text.replace(old, new)) if "9" * 5000 not in new else {}
    altered = text.replace(old, new)
    if values:  # rightly signed by whoever reads the last of the keys
        altered = altered.replace(values["self_sha256"], hash_values(values))
    (made / DESCRIPTION).write_text(altered)
    assert "JSON" in refuse(place)


NAMES = ["", ".", "..", "../double", "/etc", "a/b", "a\\b", ".hidden", "-x",
         "a b", "a\n", "a\x1b[31m", "ü", "a" * 101, None, 7, ["a"]]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(place, made, name):
    rewrite(made, name=name)
    assert "name = " in refuse(place)


@pytest.mark.parametrize(
    "change",
    [
        lambda files: {},
        lambda files: [],
        lambda files: {WEIGHTS: files[WEIGHTS]},
        lambda files: {**files, "../../secret": files[CARD]},
        lambda files: {**files, WEIGHTS: files[WEIGHTS]["sha256"]},
        lambda files: {**files, WEIGHTS: {**files[WEIGHTS], "bytes": 2**40}},
        lambda files: {**files, WEIGHTS: {**files[WEIGHTS], "bytes": -1}},
        lambda files: {**files, WEIGHTS: {**files[WEIGHTS], "bytes": True}},
        lambda files: {**files, WEIGHTS: {**files[WEIGHTS], "bytes": 8}},
        lambda files: {**files, WEIGHTS: {**files[WEIGHTS], "sha256": 0}},
        lambda files: {**files, CARD: {**files[CARD], "sha256": "0" * 64}},
        lambda files: {**files, CARD: {**files[CARD], "bytes": 1}},
    ],
)
def test_a_list_of_files_that_lies_is_refused(place, made, change):
    rewrite(made, files=change(json.loads((made / DESCRIPTION).read_text())["files"]))
    refuse(place)


def test_only_listed_files_are_copied(place, made):
    (made / "more.py").write_text("print(1)")
    (made / ".secret").symlink_to(place / "secret")
    (made / "folder").mkdir()
    target = copy_bundle(read_models(place / "shelf").find("made"), place / "copies")
    assert target.name == "double-mlp_ae"
    assert sorted(path.name for path in target.iterdir()) == sorted(FILES)
    assert all(path.is_file() and not path.is_symlink() for path in target.iterdir())


def test_what_is_copied_is_what_was_checked(place, made, monkeypatch):
    """Even where the files are exchanged between the checks and the writing."""
    read = Description.read

    def read_and_exchange(known, name):
        content = read(known, name)
        (made / name).unlink()
        link(made / name, place)
        return content

    monkeypatch.setattr(Description, "read", read_and_exchange)
    target = copy_bundle(read_description(made), place / "copies")
    monkeypatch.undo()
    assert load(target).description.name == "double-mlp_ae"
    assert SECRET not in (target / CARD).read_text()


def test_a_file_that_becomes_a_link_before_it_is_opened_is_refused(place, made, monkeypatch):
    lstat = Path.lstat

    def exchange(path, **options):
        state = lstat(path, **options)
        if path == made / CARD and not path.is_symlink():
            path.unlink()
            link(path, place)
        return state

    content = read_regular(made / CARD, 10_000)
    monkeypatch.setattr(Path, "lstat", exchange)
    with pytest.raises(DataError, match="cannot be read"):
        read_regular(made / CARD, 10_000)
    assert SECRET.encode() not in content


@pytest.mark.parametrize("there", ["file", "link", "folder", "broken link"])
def test_nothing_is_overwritten_by_a_copy(place, made, there):
    target = place / "copies/double-mlp_ae"
    target.parent.mkdir()
    {"file": target.touch, "folder": target.mkdir}.get(
        there, lambda: target.symlink_to(place / ("secret" if there == "link" else "nowhere"))
    )()
    with pytest.raises(ParameterError, match="already there"):
        copy_bundle(read_description(made), target.parent)
    assert [path.name for path in target.parent.iterdir()] == ["double-mlp_ae"]
    assert (place / "secret").read_text() == SECRET


def test_a_copy_that_cannot_be_finished_leaves_nothing(place, made, monkeypatch):
    def fill(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OSError, match="No space"):
        copy_bundle(read_description(made), place / "copies")
    assert not (place / "copies").exists()
