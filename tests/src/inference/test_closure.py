"""A bundle loads wherever the networks' own packages are: no DVC, no Prefect, no settings."""

import ast
import subprocess
import sys

import pytest

from crossmodal.inference.loading import FAMILIES
from pipeline.closure import find_closure, imported_names

PACKAGES = {"torch", "safetensors", "numpy", "av", "torchaudio", "PIL"}
MORE: dict[str, set[str]] = {
    "embedding-mapping": {"skimage"},
    "direct": set(),
    "skip-modal": {"pydantic", "inflect"},
}
RUN = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused}:
            raise ImportError("not here: " + name)
sys.meta_path.insert(0, Refuse())
import numpy as np
from crossmodal.inference import Recording, load
assert "torch" not in sys.modules
model = load(sys.argv[1])
assert "torchaudio" not in sys.modules
spoken = model.generate("75", "speech")
shown = model.generate(Recording(spoken.samples[::2], 12000), "image")
assert shown.image.shape == (28, 56)
print(model.generate(model.retrieve("75", 1)[0].image, "text").text)
"""


@pytest.mark.parametrize("family", FAMILIES)
def test_the_closure_of_imports_is_small(project, monkeypatch, family):
    monkeypatch.chdir(project)
    names = set()
    for path in find_closure(FAMILIES[family].split(":")[0]):
        for node in ast.walk(ast.parse(path.read_text())):
            names |= {name.split(".")[0] for name in imported_names(node)}
    assert names - set(sys.stdlib_module_names) - {"crossmodal"} == PACKAGES | MORE[family]


def test_no_family_needs_the_code_of_the_other_paper(project, monkeypatch):
    monkeypatch.chdir(project)
    closures = {
        family: {path.as_posix() for path in find_closure(place.split(":")[0])}
        for family, place in FAMILIES.items()
    }
    assert not [path for path in closures["direct"] if "skipmodal" in path]
    assert not [path for path in closures["skip-modal"] if "mapping" in path]


def test_it_runs_without_the_rest(folders):
    refused = {"dvc", "prefect", "pydantic", "pyarrow", "pandas", "webdataset", "yaml", "gensim"}
    refused |= {"hibari", "matplotlib", "tqdm", "librosa", "soundfile", "skimage", "inflect"}
    command = [sys.executable, "-c", RUN.replace("{refused}", repr(refused)), folders["double"]]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.split()) == 2
