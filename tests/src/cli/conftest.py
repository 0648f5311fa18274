import shlex

import pytest

from crossmodal.cli.main import main


@pytest.fixture
def workplace(models, tmp_path, monkeypatch):
    """An empty current folder; the small models are the default ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSMODAL_MODELS", str(models))
    return tmp_path


@pytest.fixture
def run(workplace, capfd):
    """Run a command line; (standard output, standard error), where it ends well."""

    def run(line):
        code = main(shlex.split(line))
        output, errors = capfd.readouterr()
        assert code == 0, errors
        return output, errors

    return run
