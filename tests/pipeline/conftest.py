"""Small projects to run stages in."""

import shutil

import pytest
import yaml

from pipeline.run_scale import merge


@pytest.fixture
def folder(project, tmp_path):
    """An empty project with the smoke scale's parameters."""
    params = yaml.safe_load((project / "params.yaml").read_text())
    overlay = yaml.safe_load((project / "scales/smoke.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(merge(params, overlay, "smoke")))
    return tmp_path


@pytest.fixture
def images(folder, image_folders):
    """The same with made-up images of both data sets."""
    for dataset, source in image_folders.items():
        shutil.copytree(source, folder / "data/images" / dataset)
    return folder
