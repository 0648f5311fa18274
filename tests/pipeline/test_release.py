"""A release: an archive of each model, which loads, with the checksums that its list says."""

import json
import shutil
import subprocess

import pytest

from crossmodal.errors import DataError, ParameterError
from crossmodal.files import sha256
from crossmodal.inference import load, read_description
from pipeline.release import release


@pytest.fixture
def bundles(models, tmp_path, monkeypatch):
    """Two models as stages write them."""
    monkeypatch.setenv("CROSSMODAL_CACHE", str(tmp_path / "cache"))
    shutil.copytree(models / "double-direct", tmp_path / "bundles/double/direct")
    shutil.copytree(models / "skipmodal-ours-0", tmp_path / "bundles/skipmodal/ours-0")
    return tmp_path / "bundles"


def test_each_model_is_an_archive_with_its_checksum(bundles, tmp_path):
    target = tmp_path / "release"
    assert release(bundles, target) == 2
    names = ["double-direct.tar.gz", "skipmodal-ours-0.tar.gz"]
    assert sorted(path.name for path in target.iterdir()) == ["SHA256SUMS", *names]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=target, check=True)
    for name in names:
        known = load(f"{target / name}#sha256={sha256(target / name)}").description
        assert f"{known.name}.tar.gz" == name
    assert known.values == read_description(bundles / "skipmodal/ours-0").values


def test_the_same_models_give_the_same_bytes_and_nothing_old_stays(bundles, tmp_path):
    target = tmp_path / "release"
    release(bundles, target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    (target / "withdrawn.tar.gz").touch()
    release(bundles, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_what_cannot_be_used_is_not_released(bundles, tmp_path):
    target = tmp_path / "release"
    with pytest.raises(ParameterError, match="no trained models"):
        release(tmp_path / "nowhere", target)
    shutil.copytree(bundles / "double/direct", bundles / "copy")
    with pytest.raises(DataError, match="two models called double-direct"):
        release(bundles, target)
    (bundles / "copy/model.json").write_text(json.dumps({"format": 1}))
    with pytest.raises(DataError, match="reads format 2"):
        release(bundles, target)
    shutil.rmtree(bundles / "copy")
    (bundles / "double/direct/weights.safetensors").write_bytes(b"")
    with pytest.raises(DataError, match="checksum is wrong"):
        release(bundles, target)
    assert not [path for path in tmp_path.iterdir() if "release" in path.name]
