"""Small projects to run stages in."""

import runpy
import shutil
import sys
import warnings

import pytest
import yaml

from pipeline.closure import find_stages
from pipeline.run_scale import merge

MODULES = find_stages()


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


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a stage in this process, which has imported torch already: (exit code, errors)."""

    def run(folder, stage, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", [f"{stage}.py", *arguments])
        code = 0
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'pipeline.* found in sys.modules", RuntimeWarning)
            try:
                runpy.run_module(MODULES[stage], run_name="__main__")
            except SystemExit as ended:
                code = ended.code
        return code, capsys.readouterr().err

    return run
