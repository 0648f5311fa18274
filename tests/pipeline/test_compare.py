"""Whether figures agree with the committed ones: within the bounds, outside, and not comparable."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from crossmodal.errors import UserError
from pipeline.compare import RESULTS, find_bound, main, read_figures
from pipeline.git import run_git

TABLE = """cell,model,modality,dataset,paper_psnr,psnr,read,retrieval
text double direct,direct,text,double,14.73,14.57,0.625,
text double conv_ae,conv_ae,text,double,14.97,15.54,0.9375,0.28
"""
SUMMARY = {"classifier": 0.98, "double": {"text": {"psnr": 15.54, "read": 0.9375}}}
SUMMARY_B = {"image_to_speech": {"wer": 0.29}, "speech_to_text": {"wer": 0.002}}


@pytest.fixture
def project(tmp_path, git_settings, monkeypatch) -> Path:
    """A clone in which paper A was run and paper B was not, on the processor of the commit."""
    (tmp_path / "metrics/summary").mkdir(parents=True)
    (tmp_path / "metrics/table1.csv").write_text(TABLE)
    (tmp_path / "metrics/summary/mapping.json").write_text(json.dumps(SUMMARY))
    (tmp_path / "metrics/summary/skipmodal.json").write_text(json.dumps(SUMMARY_B))
    (tmp_path / "params.yaml").write_text("compute: {threads: 1}\ntrain: {steps: 9}\n")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-qm", "Begin")
    (tmp_path / "data/measures/mapping").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["compare"])
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edit_summary_b(project: Path, wer: float) -> None:
    """Paper B was run here, too."""
    (project / "data/measures/skipmodal/runs").mkdir(parents=True)
    changed = SUMMARY_B | {"image_to_speech": {"wer": wer}}
    (project / "metrics/summary/skipmodal.json").write_text(json.dumps(changed))


def test_the_same_figures(project, capsys):
    assert main() == 0
    said = capsys.readouterr().out
    assert "paper A is reproduced: all 10 figures are exactly those of HEAD" in said
    assert "paper B was not made here; make skipmodal does it" in said


def test_another_processor(project, capsys):
    edit(project / "metrics/table1.csv", "15.54", "15.42")
    edit(project / "metrics/table1.csv", "0.9375", "0.8375")
    edit_summary_b(project, 0.4)
    assert main() == 0
    a, b = capsys.readouterr().out.splitlines()
    assert "paper A is reproduced" in a and "within 0.120 dB of PSNR and 0.100 of shares" in a
    assert "paper B is reproduced" in b and "within 0.110 of shares" in b


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("table1.csv", "15.54", "14.9", "text.double.conv_ae.psnr: 14.9, committed 15.54"),
        ("table1.csv", "0.625", "0.3", "text.double.direct.read: 0.3, committed 0.625"),
        ("table1.csv", "0.28\n", "\n", "text.double.conv_ae.retrieval: missing, committed 0.28"),
        ("table1.csv", "14.97", "14.98", "paper_psnr: 14.98, committed 14.97"),
        ("summary/mapping.json", "15.54", "15.3", "double.text.psnr: 15.3, committed 15.54"),
        ("summary/mapping.json", "0.98", "NaN", "classifier: nan, committed 0.98"),
    ],
)
def test_what_is_outside_is_named(project, capsys, file, old, new, told):
    edit(project / "metrics" / file, old, new)
    assert main() == 1
    said = capsys.readouterr().out
    assert "paper A is NOT reproduced: 1 of 10 figures" in said
    assert told in said


def test_one_paper_outside_is_enough(project, capsys):
    edit_summary_b(project, 0.9)
    assert main() == 1
    said = capsys.readouterr().out
    assert "paper A is reproduced" in said
    assert "image_to_speech.wer: 0.9, committed 0.29, bound 0.15" in said


def test_another_revision(project, monkeypatch, capsys):
    edit(project / "metrics/table1.csv", "15.54", "14.9")
    run_git(project, "commit", "-qam", "Run again")
    assert main() == 0
    monkeypatch.setattr(sys, "argv", ["compare", "HEAD~1"])
    assert main() == 1
    assert "those of HEAD~1" in capsys.readouterr().out


def test_other_threads_are_comparable(project):
    edit(project / "params.yaml", "threads: 1", "threads: 2")
    assert main() == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: edit(p / "params.yaml", "9", "8"), r"not that of HEAD in train: other param"),
        (lambda p: (p / "metrics/table1.csv").unlink(), r"table1.csv is missing: run make repro"),
        (lambda p: edit(p / "metrics/table1.csv", "15.54", "x"), r"table1.csv is damaged"),
        (lambda p: (p / "metrics/summary/mapping.json").write_text("[}"), r"json is damaged"),
        (
            lambda p: (p / "metrics/table1.csv").write_text(TABLE, "utf-16"),
            r"table1.csv is damaged",
        ),
        (
            lambda p: edit(p / "metrics/table1.csv", "retrieval", "recall"),
            r"does not have .*recall",
        ),
        (lambda p: shutil.rmtree(p / "data"), r"nothing was made here yet: start with make repro"),
        (lambda p: shutil.rmtree(p / ".git"), r"no Git repository here"),
    ],
)
def test_what_cannot_be_compared(project, spoil, told):
    spoil(project)
    with pytest.raises(UserError, match=told):
        main()


def test_an_unknown_revision(project, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["compare", "nowhere"])
    with pytest.raises(UserError, match="nowhere"):
        main()


@pytest.mark.parametrize("results", RESULTS, ids=lambda results: results.name)
def test_every_committed_figure_has_a_bound(results, request):
    project = request.config.rootpath
    for path, bounds in results.bounds.items():
        figures = read_figures(path, (project / path).read_text())
        assert figures
        for name in figures:
            assert find_bound(name, bounds) < 1
