import pytest


@pytest.fixture
def workplace(models, tmp_path, monkeypatch):
    """An empty current folder; the small models are the default ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSMODAL_MODELS", str(models))
    return tmp_path
