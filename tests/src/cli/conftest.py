import pytest

from tests.src.cli.tiny import make_bundle


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with three small models."""
    folder = tmp_path_factory.mktemp("models")
    for dataset, model in (("double", "conv_vae"), ("colored", "conv_vae"), ("double", "direct")):
        make_bundle(folder, dataset, model)
    return folder


@pytest.fixture
def workplace(models, tmp_path, monkeypatch):
    """An empty current folder; the small models are the default ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSMODAL_MODELS", str(models))
    return tmp_path
