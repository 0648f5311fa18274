"""The notebooks run from top to bottom, with models and at a scale that take seconds."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.run_scale import KEPT, list_files

NOTEBOOKS = Path("notebooks")
GENERATE, RESULTS = NOTEBOOKS / "generate.ipynb", NOTEBOOKS / "results.ipynb"
RUNS = ('run("try-first")', 'run("try-wider")')
PATIENCE = 900  # seconds of one cell, on a machine that does much else


def run(path):
    """A notebook's code cells with what they show, run where it lies."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=PATIENCE, resources=place).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """What a cell prints."""
    return "".join(o["text"] for o in cell.outputs if o["output_type"] == "stream")


def shown(cells, kind):
    """What cells show of a kind, such as image/png."""
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [each[kind] for each in data if kind in each]


def test_the_notebooks_are_kept_without_outputs():
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    assert paths == [GENERATE, RESULTS]
    for path in paths:
        cells = json.loads(path.read_text())["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code and not any(cell["outputs"] or cell["execution_count"] for cell in code)


@pytest.mark.slow
def test_every_modality_is_made_from_every_other(models, monkeypatch):
    monkeypatch.setenv("CROSSMODAL_MODELS", str(models))
    cells = run(GENERATE)
    text = "\n".join(map(printed, cells))
    made = {line.split(":")[0] for line in text.splitlines() if " to " in line}
    kinds = ("text", "speech", "image")
    assert made >= {f"{source} to {target}" for source in kinds for target in kinds} - {
        f"{kind} to {kind}" for kind in kinds
    }
    assert len(shown(cells, "image/png")) >= 8
    sounds = [html for html in shown(cells, "text/html") if "<audio" in html]
    assert len(sounds) >= 4 and all("data:audio/wav;base64," in sound for sound in sounds)
    assert "text to image: seven six\n" in text


@pytest.fixture
def copy(tmp_path):
    """The project's files in another folder, with what Git keeps of its results and no cache."""
    for path in [*list_files(), *Path("metrics").rglob("*")]:
        if path.is_file() and (path.parts[0] not in KEPT or path.parts[0] == "metrics"):
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    (tmp_path / ".dvc").mkdir()
    shutil.copy2(".dvc/config", tmp_path / ".dvc/config")
    return tmp_path


@pytest.mark.slow
def test_results_are_read_and_a_variant_is_trained(copy):
    params = (copy / "params.yaml").read_bytes()
    cells = run(copy / RESULTS)
    assert len(shown(cells, "image/png")) == 2, "bars and curves"
    tables = [html for html in shown(cells, "text/html") if "<table" in html]
    assert len(tables) == 4 and "paper_psnr" in tables[2]
    first, wider = (printed(cell) for cell in cells if cell.source.endswith(RUNS))
    assert "train_autoencoder@double-mlp_ae" in first
    assert "train_mapping@double" in wider
    assert "train_autoencoder" not in wider, "what the variant does not change is not run again"
    read = [
        copy / f".scales/try-{name}/data/measures/mapping/double" for name in ("first", "wider")
    ]
    before, after = (json.loads((folder / "mlp_ae.json").read_text()) for folder in read)
    assert before != after and before.keys() == after.keys()
    assert (copy / "params.yaml").read_bytes() == params
