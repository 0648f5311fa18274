"""What a run publishes, read back from the server."""

import base64
import json

import pytest
import yaml
from prefect.artifacts import Artifact

from flows.artifacts import compare, flatten
from flows.run_graph import run_graph
from tests.flows.toy import Toy, make_toy

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# Draws a bar as tqdm does, writes one file of each kind that people look at.
REPORT = f"""
import base64, json, pathlib, sys, time, yaml
value = yaml.safe_load(open("params.yaml"))["report"]["value"]
for done in (0, 2, 4):
    bar = f"{{25 * done:3d}}%|##   | {{done}}/4 [00:0{{done}}<00:01, 1.00shard/s]"
    print("\\r" + bar, end="", file=sys.stderr)
pathlib.Path("table.md").write_text("| a |\\n| --- |\\n| 1 |\\n")
pathlib.Path("figure.png").write_bytes({PIXEL!r})
pathlib.Path("metric.json").write_text(json.dumps({{"psnr": {{"mean": 15 + value}}}}))
"""


@pytest.fixture
def reporting(tmp_path, monkeypatch) -> Toy:
    toy = make_toy(tmp_path / "toy", {"report": []})
    (toy.root / "work.py").write_text(REPORT)
    stages = yaml.safe_load((toy.root / "dvc.yaml").read_text())
    stages["stages"]["report"]["outs"] = ["table.md", "figure.png"]
    stages["stages"]["report"]["metrics"] = [{"metric.json": {"cache": False}}]
    (toy.root / "dvc.yaml").write_text(yaml.safe_dump(stages))
    monkeypatch.chdir(toy.root)
    return toy


@pytest.mark.usefixtures("prefect_server")
def test_run_publishes_stages_tables_figures_progress_and_metrics(reporting):
    assert run_graph(return_state=True).is_completed()
    [row] = json.loads(Artifact.get("stages").data)
    assert (row["stage"], row["state"]) == ("report", "ran")
    assert row["why"] == "never made: - -> -" and row["seconds"] > 0
    assert Artifact.get("table").data.startswith("| a |")
    assert Artifact.get("figure").data == (
        "data:image/png;base64," + base64.b64encode(PIXEL).decode()
    )
    assert Artifact.get("progress-report").data == 100.0
    assert "| metric.json: psnr.mean | - | 15 | - |" in Artifact.get("metrics-diff").data

    reporting.set_params(report=2)
    assert run_graph(return_state=True).is_completed()
    assert "| metric.json: psnr.mean | 15 | 17 | +2 |" in Artifact.get("metrics-diff").data
    [row] = json.loads(Artifact.get("stages").data)
    assert row["why"] == "param report.value: 0 -> 2"


def test_comparison_names_what_is_new_gone_or_moved():
    rows = list(compare({"a": 1, "b": 2, "same": 3}, {"b": 2.5, "c": 4, "same": 3}))
    assert [(row["metric"], row["change"]) for row in rows] == [
        ("a", "-"),
        ("b", "+0.5"),
        ("c", "-"),
    ]


def test_metrics_are_flattened_to_numbers():
    values = {"psnr": {"text": 1.5, "note": "x"}, "count": 2}
    assert dict(flatten(values)) == {"psnr.text": 1.5, "count": 2}
