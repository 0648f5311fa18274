"""Each key of params.yaml, spoilt in each way, gives one clear line."""

import json
import subprocess
import sys
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import get_args, get_origin

import pytest
import yaml
from annotated_types import Ge, Gt, Le, Lt

from crossmodal.config.section import Section, find_field
from crossmodal.errors import ParameterError
from pipeline import check_params
from pipeline.check_params import Parameters

# By way of JSON, so that mappings which are one in the file are two here.
VALUES = json.loads(json.dumps(yaml.safe_load(Path("params.yaml").read_text())))


def leaves(section: type[Section], path: tuple[str, ...] = ()):
    """The path of every key that holds a value; of mappings by name those that are in the file."""
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from leaves(kind, (*path, name))
        elif get_origin(kind) is dict and name != "variants":
            yield from named_leaves(get_args(kind)[1], (*path, name))
        elif name != "variants":  # whose keys are names; tests/src/config/skipmodal/test_runs.py
            yield (*path, name)


def named_leaves(kind, path: tuple[str, ...]):
    """The same under a mapping whose keys are names."""
    for name in value_at(path):
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from leaves(kind, (*path, name))
        elif get_origin(kind) is dict:
            yield from named_leaves(get_args(kind)[1], (*path, name))
        else:
            yield (*path, name)


def value_at(path):
    """What the file says."""
    return reduce(lambda inner, name: inner[name], path, VALUES)


LEAVES = list(leaves(Parameters))


def leaves_of(section: str):
    """The paths of the keys in one section of the file."""
    return [path for path in LEAVES if path[0] == section]


def with_value(path, value):
    """All parameters with one of them replaced (or added)."""
    values = deepcopy(VALUES)
    place = values
    for name in path[:-1]:
        place = place.setdefault(name, {})  # what a preset gives need not be there
    place[path[-1]] = value
    return values


def error_of(values) -> str:
    with pytest.raises(ParameterError) as caught:
        check_params.check(values)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_committed_parameters_are_valid_and_all_there():
    check_params.check(VALUES)
    assert len(LEAVES) > 400 and {path[0] for path in LEAVES} == VALUES.keys()


@pytest.mark.parametrize("section", VALUES)
def test_wrong_type(section):
    for path in leaves_of(section):
        wrong = "odd" if path == ("skipmodal", "variants") else {"odd": 1}
        message = error_of(with_value(path, wrong))
        assert message.startswith(".".join(path) + f" = {wrong!r}; allowed: ")
        assert "\n" not in message


@pytest.mark.parametrize("section", VALUES)
def test_out_of_range(section):
    outside = {
        Ge: lambda bound: (bound.ge, bound.ge - 1),
        Gt: lambda bound: (bound.gt, bound.gt),
        Le: lambda bound: (bound.le, bound.le + 1),
        Lt: lambda bound: (bound.lt, bound.lt),
    }
    for path in leaves_of(section):
        _, field = find_field(Parameters, list(path))
        bounds = [bound for bound in field.metadata if type(bound) in outside]
        for bound in bounds:
            limit, value = outside[type(bound)](bound)
            message = error_of(with_value(path, value))
            assert message.startswith(f"{'.'.join(path)} = {value!r}; allowed: a")
            assert f" {limit}" in message.split("allowed")[1]
            assert "\n" not in message
        if not bounds:  # a name out of a list, a list, or free text
            message = error_of(with_value(path, 7.5))
            assert message.startswith(f"{'.'.join(path)} = 7.5; allowed: ")


@pytest.mark.parametrize("section", VALUES)
def test_unknown_key_beside_every_key(section):
    beside = {path[:-1]: path for path in leaves_of(section)}
    for place, path in beside.items():
        named = path[0] == "train_autoencoder" and len(path) > 2
        value = value_at(path) if named else 1
        message = error_of(with_value((*place, "speling"), value))
        value = tuple(value) if isinstance(value, list) else value
        key = ".".join((*place, "speling"))
        assert message.startswith(f"{key} = {value!r} is an unknown key; allowed here: ")
        allowed = message.split("allowed here: ")[1].split(", ")
        assert {leaf[-1] for leaf in LEAVES if leaf[:-1] == place} <= set(allowed)


def test_missing_key_and_several_mistakes_give_a_line_each():
    values = with_value(("compute", "threads"), 0)
    del values["train_mapping"]["steps"]
    lines = error_of(values).splitlines()
    assert [line.split()[0] for line in lines] == ["compute.threads", "train_mapping.steps"]


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([7], "text"),
        (["7"], "two digits"),
        (["07", "07"], "each digit pair once"),
        ([f"3{d}" for d in range(10)], "some pair with 3 on the left"),
        ([], "1 or more"),
    ],
)
def test_held_out_pairs(pairs, reason):
    message = error_of(with_value(("synthesize_images", "held_out"), pairs))
    assert message.startswith("synthesize_images.held_out")
    assert reason in message


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "compute: {threads: 0}", ""])
def test_command_ends_with_2_and_without_traceback(project, tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    command = [sys.executable, "-m", "pipeline.check_params"]
    environment = {"PYTHONPATH": str(project)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("check_params: ")
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_the_maps_that_are_read_must_be_those_that_are_made(tmp_path, monkeypatch):
    values = deepcopy(VALUES)
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(values))
    check_params.main()
    values["embed_scene_images"]["size"] = 64
    Path("params.yaml").write_text(yaml.safe_dump(values))
    said = "skipmodal.variants.ours_efficientnet: network.pretrained .*what embed_scene_images is"
    with pytest.raises(ParameterError, match=said):
        check_params.main()
