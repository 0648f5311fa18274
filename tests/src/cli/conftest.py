import pytest

from crossmodal.inference.bundle import write_bundle
from tests.src.inference.conftest import make_direct_bundle, make_mapping_bundle


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with three small models."""
    folder = tmp_path_factory.mktemp("models")
    bundles = {
        "double-conv_vae": make_mapping_bundle("double", folder),
        "colored-conv_vae": make_mapping_bundle("colored", folder),
        "double-direct": make_direct_bundle(folder),
    }
    for name, bundle in bundles.items():
        for key in bundle.tensors.keys() & {"autoencoder.decoder.2.weight"}:
            # Untrained, it would draw everything in one grey, which no one could read.
            bundle.tensors[key] *= 100
        write_bundle(folder / name, bundle, lambda values: f"# {values['name']}\n\nmade up\n")
    return folder


@pytest.fixture
def workplace(models, tmp_path, monkeypatch):
    """An empty current folder; the small models are the default ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSMODAL_MODELS", str(models))
    return tmp_path
