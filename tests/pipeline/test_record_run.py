import json
from pathlib import Path

import pytest
import torch

from crossmodal.errors import DataError
from crossmodal.files import sha256, write_json, write_text
from pipeline.git import GitError, run_git
from pipeline.record_run import RECORDS, record

ROOT = Path(__file__).resolve().parents[2]


def test_a_record_says_what_was_measured_and_how(tmp_path):
    workspace = tmp_path / "paper"
    for name, text in {
        "metrics/table1.md": "table",
        "data/measures/mapping/double/conv_vae.json": "{}",
        "params.yaml": "a: 1",
        "dvc.lock": "b",
    }.items():
        write_text(workspace / name, text)
    write_json(workspace / ".timings/fetch.json", {"seconds": 1.5, "peak_mib": 70})
    write_json(workspace / ".timings/train@a.json", {"seconds": 20.25, "peak_mib": 500})
    record(workspace, tmp_path / "records/paper")
    assert (tmp_path / "records/paper/table1.md").read_text() == "table"
    assert (tmp_path / "records/paper/measures/mapping/double/conv_vae.json").is_file()
    known = json.loads((tmp_path / "records/paper/provenance.json").read_text())
    assert known["stage_seconds"] == 21.8 and known["peak_mib"] == 500
    assert 20 < known["wall_seconds"] < 30  # both ended just now, the longer one began first
    machine = known["machine"]
    assert machine["cores"] >= 1 and machine["memory_gib"] >= 1
    assert machine["vectors"] == torch.backends.cpu.get_cpu_capability()
    assert known["stages"]["train@a"]["seconds"] == 20.25
    assert known["params_sha256"] == sha256(workspace / "params.yaml")
    assert len(known["commit"]) == 40


def test_an_unfinished_run_is_not_recorded(tmp_path):
    with pytest.raises(DataError, match="no finished run: start it with make paper"):
        record(tmp_path / "paper", tmp_path / "records/paper")
    assert not (tmp_path / "records").exists()


def test_a_run_of_paper_b_alone_can_be_recorded(tmp_path):
    workspace = tmp_path / "skipmodal"
    with pytest.raises(DataError, match="start it with make skipmodal-full"):
        record(workspace, tmp_path / "records/skipmodal")
    for name in ("metrics/skipmodal/tables.md", "data/measures/a", "params.yaml", "dvc.lock"):
        write_text(workspace / name, name)
    write_json(workspace / ".timings/train.json", {"seconds": 1.5, "peak_mib": 70})
    record(workspace, tmp_path / "records/skipmodal")
    assert (tmp_path / "records/skipmodal/skipmodal/tables.md").is_file()


def test_a_record_names_no_folder_of_the_machine(tmp_path, monkeypatch):
    workspace, target = tmp_path / "photos", tmp_path / "records/photos"
    for name in ("metrics/skipmodal/tables.md", "data/measures/a", "dvc.lock"):
        write_text(workspace / name, name)
    write_text(workspace / "params.yaml", "folder: /home/me/photos/ucm\n")
    write_json(workspace / ".timings/train.json", {"seconds": 1.5, "peak_mib": 70})
    for value in ("", "/home/other"):
        monkeypatch.setenv("CROSSMODAL_PHOTOS", value)
        with pytest.raises(DataError, match="CROSSMODAL_PHOTOS to what it was in the run"):
            record(workspace, target)
        assert not target.exists()
    monkeypatch.setenv("CROSSMODAL_PHOTOS", "/home/me/photos")
    record(workspace, target)
    assert (target / "params.yaml").read_text() == "folder: ${CROSSMODAL_PHOTOS}/ucm\n"
    known = json.loads((target / "provenance.json").read_text())
    assert known["params_sha256"] == sha256(target / "params.yaml")


@pytest.mark.parametrize(
    "known", sorted(ROOT.glob(f"{RECORDS}/*/provenance.json")), ids=lambda path: path.parent.name
)
def test_committed_records_are_of_the_history_and_of_their_parameters(known):
    origin = json.loads(known.read_text())
    assert origin["params_sha256"] == sha256(known.parent / "params.yaml")
    assert not origin["uncommitted_changes"]
    try:
        shallow = run_git(ROOT, "rev-parse", "--is-shallow-repository") != "false"
    except GitError:
        shallow = True
    if shallow:
        pytest.skip("the whole history is not here: a shallow clone, or a copy without Git")
    run_git(ROOT, "merge-base", "--is-ancestor", origin["commit"], "HEAD")
