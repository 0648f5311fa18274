"""The graph says all that a stage depends on, and nothing else."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from crossmodal.config.own_input import EMBEDDED, PLACE
from pipeline.check_params import Parameters
from pipeline.closure import find_closure, find_stages
from pipeline.fingerprint import list_code
from pipeline.git import run_git

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
# Stages of a few seconds with Markdown among their outputs, which DVC cannot plot.
WITHOUT_RUN_CACHE = {"write_report", "write_skipmodal_tables"}
# What GTO can make a tag of.
NAME_IN_TAGS = "[a-zA-Z0-9][a-zA-Z0-9/_-]*[a-zA-Z0-9]"


def names(entries):
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_its_module_and_depends_on_its_code(stage):
    module = re.match(r"python -m (\S+)", STAGES[stage]["cmd"]).group(1)
    assert find_stages()[stage] == module
    code = [path for path in STAGES[stage]["deps"] if path.startswith("data/code")]
    assert code == ([] if stage == "fingerprint" else [f"data/code/{stage}"])
    assert not [path for path in STAGES[stage]["deps"] if path.endswith(".py")]


def test_every_module_that_runs_a_stage_is_one():
    assert find_stages().keys() == STAGES.keys()


def test_fingerprint_depends_on_all_that_its_lists_hash():
    listed = {
        Path(line.split(" ", 1)[1]) for text in list_code().values() for line in text.splitlines()
    }
    roots = [Path(dep) for dep in STAGES["fingerprint"]["deps"]]
    assert all(any(path.is_relative_to(root) for root in roots) for path in listed)


@pytest.mark.parametrize("stage", STAGES)
def test_sections_that_a_stage_loads_are_its_params(stage):
    source = Path(*find_stages()[stage].split(".")).with_suffix(".py").read_text()
    loaded = set(re.findall(r'stage\.load\("(\w+)"', source))
    listed = {str(name).split(".")[0] for name in names(STAGES[stage].get("params", []))}
    assert ("load_all()" in source) == ("params.yaml" in STAGES[stage]["deps"])
    # MNIST is the same wherever it comes from.
    assert listed == loaded - {"fetch_mnist"}


def test_what_people_bring_is_a_dep_of_the_stage_that_reads_it():
    named = {
        f"{name}.{key}"
        for name, section in Parameters.model_fields.items()
        for key, field in getattr(section.annotation, "model_fields", {}).items()
        if PLACE in field.metadata
    }
    deps = {
        place.strip("${}"): stage
        for stage, entry in STAGES.items()
        for place in entry["deps"]
        if place.startswith("${")
    }
    assert deps.keys() - {"measure_ceilings.maps"} == named  # which a stage makes, or nothing
    assert all(name.split(".")[0] in (stage, "shard_speech") for name, stage in deps.items())
    assert set(EMBEDDED) <= {
        out for entry in STAGES.values() for out in names(entry.get("outs", []))
    }


@pytest.mark.parametrize("stage", STAGES)
def test_outputs_are_described_and_land_where_they_belong(stage):
    entry = STAGES[stage]
    assert entry["desc"]
    outputs = [output for kind in ("outs", "metrics", "plots") for output in entry.get(kind, [])]
    assert outputs
    for output in outputs:
        # Git keeps the small tables; DVC's cache keeps the rest.
        name, options = next(iter(output.items())) if isinstance(output, dict) else (output, {})
        assert name.startswith("data/" if options.get("cache", True) else "metrics/")


def test_git_leaves_outputs_to_dvc_and_keeps_the_page_about_them(project, tmp_path):
    """Else DVC would write a .gitignore beside each of them."""
    run_git(tmp_path, "init", "-q")
    shutil.copy(project / ".gitignore", tmp_path)
    outputs = {name for entry in STAGES.values() for name in names(entry.get("outs", []))}
    for path in [*outputs, "data/README.md"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    ignored = run_git(tmp_path, "ls-files", "--others", "--ignored", "--exclude-standard")
    assert set(ignored.splitlines()) == {name for name in outputs if name.startswith("data/")}


def test_the_registry_knows_each_model_that_is_exported_by_its_own_name():
    params = yaml.safe_load(Path("params.yaml").read_text())
    models = [*params["mapping"]["autoencoders"], "direct"]
    exported = {
        f"{dataset}-{model}": f"data/bundles/{dataset}/{model}"
        for dataset in params["mapping"]["datasets"]
        for model in models
    } | {
        f"skipmodal-{run}": f"data/bundles/skipmodal/{run}"
        for run in params["skipmodal"]["runs"]["networks"]
    }
    known = yaml.safe_load(Path("dvc.yaml").read_text())["artifacts"]
    assert {name: artifact["path"] for name, artifact in known.items()} == exported
    assert all(re.fullmatch(NAME_IN_TAGS, name) for name in known)
    assert all(artifact["type"] == "model" and artifact["desc"] for artifact in known.values())


@pytest.mark.parametrize("stage", STAGES)
def test_the_run_cache_can_restore_it(stage):
    """DVC keeps stages with uncached outputs out of its run cache, but for metrics and plots."""
    outs = [out for out in STAGES[stage].get("outs", []) if isinstance(out, dict)]
    options = [option for out in outs for option in out.values()]
    assert all(option.get("cache", True) for option in options) == (stage not in WITHOUT_RUN_CACHE)


def test_closure_follows_imports_inside_functions_and_packages(tmp_path):
    for path, text in {
        "pipeline/__init__.py": '"""Only words."""',
        "pipeline/a.py": "def f():\n    from pipeline.b import g\n    return g",
        "pipeline/b.py": "import crossmodal.c.d\nfrom pipeline import e\ng = 1",
        "pipeline/e.py": "import os\nimport pipeline.a",
        "src/crossmodal/c/__init__.py": "x = 1",
        "src/crossmodal/c/d.py": "y = 1",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = {path.as_posix() for path in find_closure("pipeline.a", tmp_path)}
    code = {"pipeline/a.py", "pipeline/b.py", "pipeline/e.py"}
    assert found == code | {"src/crossmodal/c/__init__.py", "src/crossmodal/c/d.py"}
