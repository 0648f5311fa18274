"""Every command of the README, of CONTRIBUTING.md and of docs/ works; tables are as measured."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from flows.graph import read_graph
from flows.workspace import Workspace
from pipeline.update_readme import (
    collect_sections,
    find_table,
    insert_section,
    write_data_sets,
)

IMAGINED = "third"  # the paper that docs/extending.md shows how to add
PAGES = ("README.md", "CONTRIBUTING.md", *map(str, sorted(Path("docs").rglob("*.md"))))


def commands():
    """Every line of every bash block, once."""
    lines = {}
    for page in sorted({*PAGES} - {"docs/cli.md"}):  # tests/src/cli/test_page.py runs those
        for block in re.findall(r"```bash\n(.*?)```", Path(page).read_text(), re.DOTALL):
            lines |= dict.fromkeys(line for line in block.splitlines() if line)
    return list(lines)


@pytest.mark.parametrize("command", commands())
def test_command(command, project, models):
    """make targets are planned here, and run for real by .ci/run; all else runs."""
    words = shlex.split(command)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CROSSMODAL_MODELS": str(models)}
    while re.match(r"[A-Z_]+=", words[0]):
        name, _, environment[name] = words.pop(0).partition("=")
    if words[0] == "make":
        words.insert(1, "--dry-run")
    result = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_targets_named_in_running_text_exist(project):
    targets = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z-]+)`", (project / page).read_text())) <= targets


def test_repro_and_skipmodal_make_every_stage(project):
    graph, made = read_graph(Workspace(project)), set()
    for target in ("repro", "skipmodal"):
        words = ["make", "--dry-run", target]
        plan = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True)
        (stages,) = re.findall(r"\|\| python -m flows\.run_graph (.+)$", plan.stdout, re.MULTILINE)
        made |= graph.select(stages.split()).upstream.keys()
    # At this scale no run reads the maps of a pretrained encoder.
    assert graph.upstream.keys() - made == {"fetch_efficientnet", "embed_scene_images"}


def test_modules_named_in_running_text_exist(project):
    for page in PAGES:
        for module in re.findall(r"python -m pipeline\.([\w.]*\w)", (project / page).read_text()):
            path = f"pipeline/{module.replace('.', '/')}.py"
            assert (project / path).is_file() or module.startswith(IMAGINED), path


@pytest.mark.parametrize("page", PAGES)
def test_paths_named_in_running_text_exist(page, project):
    text = (project / page).read_text()
    for path in re.findall(r"\]\((?!http)([^)]+)\)", text):
        assert (project / page).parent.joinpath(path).is_file(), path
    code = r"`((?:src|pipeline|flows|tests|scales|benchmarks|docs)/[a-z_/]+(?:\.[a-z]+)?)`"
    for path in re.findall(code, text):
        assert (project / path).exists() or IMAGINED in path, path


def test_names_in_the_map_of_the_papers_exist(project):
    """Every stage and every Python name that stands in the map."""
    text = (project / "docs/papers.md").read_text()
    code = "".join(path.read_text() for path in (project / "src").rglob("*.py"))
    stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    params = yaml.safe_load((project / "params.yaml").read_text())
    named = set(re.findall(r"`([A-Za-z_]+(?:\.[a-z_]+)?)`", text))
    assert len(named) > 15
    for name in named - {"train_"}:
        head, _, last = name.rpartition(".")
        known = head in params and last in params[head]
        assert known or name in stages or f" {last}(" in code or f" {last}:" in code, name


def test_the_tables_are_those_that_were_measured(project, monkeypatch):
    monkeypatch.chdir(project)
    for path, sections in collect_sections().items():
        page = path.read_text()
        for name, text in sections.items():
            assert "|" in text
            assert insert_section(page, name, text) == page, (path, name)


def test_the_readme_can_be_skimmed(project):
    lines = (project / "README.md").read_text().splitlines()
    assert len(lines) <= 180
    assert max(line.count("|") - 1 for line in lines if line.startswith("|")) <= 6


def test_the_times_of_the_demo_are_those_that_were_measured(project):
    assert (project / "benchmarks/results/demo.md").read_text() in (
        project / "docs/demo.md"
    ).read_text()


def test_inserting_keeps_all_else():
    readme = "before\n<!-- a -->\n{}\n<!-- end of a -->\nafter"
    assert insert_section(readme.format("old"), "a", "new\n\nlines") == readme.format(
        "new\n\nlines"
    )


def test_a_table_is_folded_to_what_is_shown(tmp_path):
    path = tmp_path / "tables.md"
    path.write_text(
        "**T1. One.** Ours.\n\n"
        "| T1 | A, paper: COCO, EMT-4 | A, ours: digit scenes | B, paper: COCO, EMT-4 "
        "| B, ours: digit scenes | seeds |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| x | 1 | 2 | 3 | 4 | 5 |\n\n**T2. Two.**\n\n| T2 |\n| --- |\n"
    )
    title, table = find_table(path, "T1", ("B", "A")).split("\n\n")
    assert title == "**T1. One.** Ours."
    assert table.splitlines()[::2] == [
        "| T1 | B, paper / ours | A, paper / ours |",
        "| x | 3 / 4 | 1 / 2 |",
    ]
    assert find_table(path, "T2") == "**T2. Two.**\n\n| T2 |\n| --- |"


def test_cells_that_the_paper_has_not_are_dashes():
    cells = pd.DataFrame(
        {
            "model": ["new", "new"],
            "modality": ["text", "speech"],
            "dataset": ["double", "double"],
            "paper_psnr": [15.0, None],
            "psnr": [14.5, 13.25],
            "psnr_std": [0.125, None],
            "read": [0.5, 1.0],
        }
    )
    assert write_data_sets(cells).splitlines()[2] == (
        "| new | 15.00 | 14.50 ± 0.12 | – | 13.25 | 0.50 / 1.00 |"
    )
