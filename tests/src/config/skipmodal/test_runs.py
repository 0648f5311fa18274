from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.config.skipmodal.run_names import split_run
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.errors import ParameterError
from crossmodal.report.skipmodal.paper import TABLES
from crossmodal.report.skipmodal.runs import ADDITIONS, ALIASES

LIMITS = DataLimits(symbols=65, words=12, frames=269, image_size=64)
PARAMS = yaml.safe_load(Path("params.yaml").read_text())
VALUES = PARAMS["skipmodal"]
TABLES_SCALE, ADDITIONS_SCALE = (
    yaml.safe_load(Path(f"scales/{scale}.yaml").read_text())["skipmodal"]
    for scale in ("skipmodal", "additions")
)


def parse(**changes):
    return SkipModalRuns.parse(deepcopy(VALUES) | changes, "skipmodal")


@pytest.mark.parametrize("variant", VALUES["variants"])
def test_a_variant_changes_what_it_says_and_nothing_else(variant):
    config, changed = parse(), VALUES["variants"][variant]
    run = config.settle(f"{variant}-3")
    base = config.settle(f"{run.architecture}-3")
    assert (run.variant, run.seed) == (variant, 3)
    network, same = (each.network.model_dump() for each in (run, base))
    assert differences(network, same) == set(flat(changed.get("network", {})))
    if "parts" not in changed:
        training, same = (each.parts["both"].model_dump() for each in (run, base))
        assert differences(training, same) == set(flat(changed.get("training", {})))


def flat(values, path=()):
    """(path, value) of all that is no mapping."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, (*path, key))
        else:
            yield (*path, key), tuple(value) if isinstance(value, list) else value


def differences(values, others):
    return set(flat(values)) - set(flat(others))


def test_piecewise_trains_on_each_data_set_as_long_as_its_architecture_does():
    config = parse()
    run = config.settle("piecewise-0")
    ours = config.settle(f"{run.architecture}-0")
    assert run.network.additions == ours.network.additions
    whole = ours.parts["both"]
    images, recordings = whole.batching.mixed_sizes
    found = {
        name: (part.batching.batch_size, part.running.steps, part.optimization)
        for name, part in run.parts.items()
    }
    assert found == {
        "image_text": (images, whole.running.steps, whole.optimization),
        "text_speech": (recordings, whole.running.steps, whole.optimization),
    }


def test_settings_survive_their_file():
    config = parse()
    for variant in VALUES["variants"]:
        run = config.settle(f"{variant}-0")
        assert type(run).parse(run.model_dump(mode="json"), "run") == run
    run = config.settle_cyclegan("cyclegan-2", LIMITS)
    assert type(run).parse(run.model_dump(mode="json"), "run") == run and run.seed == 2


@pytest.mark.parametrize("variant", VALUES["variants"])
def test_every_variant_writes_says_and_draws_what_data_hold(variant):
    limits = DataLimits(symbols=131, words=29, frames=800, image_size=128)
    network = parse().settle(f"{variant}-0", limits).network
    assert network.image_decoder.image_size == 128
    if isinstance(network, SlotNetworkSettings):
        assert network.slots == (1 if variant == "without_slots" else 29)
        symbols, steps = network.max_symbols, network.max_steps * network.frames_per_step
    else:
        speech = network.speech_decoder
        symbols, steps = network.text_decoder.max_symbols, speech.max_steps * speech.frames_per_step
    assert symbols == 164 and steps == 1000


def test_every_variant_of_the_tables_can_be_run():
    chained = {f"{variant}_via_text" for variant in PARAMS["generate_skipmodal"]["via_text"]}
    named = {row.variant for table in TABLES for row in table.rows} - {None} - chained
    known = set(VALUES["variants"]) | set(ALIASES) | {"cyclegan"}
    assert named <= known
    of_tables, of_additions = (
        {split_run(run)[0] for run in scale["runs"]["all"]}
        for scale in (TABLES_SCALE, ADDITIONS_SCALE)
    )
    assert of_tables == {ALIASES.get(variant, variant) for variant in named}
    left_out = {f"without_{name}" for name in ADDITIONS["ours"]}
    left_out |= {f"mended_without_{name}" for name in ADDITIONS["mended"]}
    assert of_additions == left_out | {"ours", "mended"}
    assert of_tables | of_additions == set(VALUES["variants"]) | {"cyclegan"}


def test_only_a_pretrained_encoder_reads_maps():
    config = parse()
    maps = {name: config.settle(f"{name}-0").maps for name in VALUES["variants"]}
    expected = config.architectures.ours.network.pretrained
    assert {name: each for name, each in maps.items() if each} == {"ours_efficientnet": expected}


def test_aliases_are_what_they_stand_for():
    config = parse()
    paper, ours = config.architectures.paper, config.architectures.ours
    assert paper.training.batching.strategy == "alternate"
    assert ours.training.batching.strategy == "mixed"
    assert paper.network.bottleneck.slots == ours.network.bottleneck.slots == 128
    assert paper.network.bottleneck.size == 256


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ({"networks": ["paper"]}, "a variant and a seed; not 'paper'"),
        ({"networks": ["paper-0/../x"]}, "a variant and a seed"),
        ({"networks": ["paper-0", "paper-0"], "all": ["paper-0", "paper-0"]}, "each once"),
        ({"networks": ["paper-0"], "all": []}, "every run of networks"),
        ({"cyclegans": ["paper-0"], "all": ["paper-0"]}, "cyclegans such as cyclegan-0"),
        (
            {"cyclegans": ["cyclegan-0"], "all": ["cyclegan-0"], "exported": ["cyclegan-0"]},
            "in `exported` runs of networks and embedded; not 'cyclegan-0'",
        ),
        ({"networks": ["theirs-0"], "all": ["theirs-0"]}, "allowed: runs of paper"),
        ({"embedded": ["theirs-0"], "all": ["theirs-0"]}, "allowed: runs of paper"),
        ({"embedded": ["ours-0"], "all": ["ours-0"]}, "in `embedded` .* not 'ours-0'"),
        ({"embedded": ["paper-0"], "all": ["paper-0"]}, "in `embedded` .* not 'paper-0'"),
        (
            {"networks": ["ours_efficientnet-0"], "all": ["ours_efficientnet-0"]},
            "in `networks` all others; not 'ours_efficientnet-0'",
        ),
    ],
)
def test_runs_that_cannot_be(runs, reason):
    with pytest.raises(ParameterError, match=reason):
        parse(runs={"networks": [], "cyclegans": [], "all": []} | runs)


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ({"network": {"speling": 1}}, r"variants\.x: network\.speling = 1 is an unknown key"),
        ({"network": {"bottleneck": {"slots": 0}}}, r"network\.bottleneck\.slots = 0; allowed"),
        ({"training": {"running": {"steps": 0}}}, r"training\.running\.steps = 0; allowed"),
        ({"parts": {"image_text": {"running": {"steps": 0}}, "text_speech": {}}}, "steps = 0"),
    ],
)
def test_a_mistake_in_a_variant_is_found_before_it_is_run(variant, reason):
    config = parse(variants={**VALUES["variants"], "x": variant})
    with pytest.raises(ParameterError, match=reason):
        config.settle("x-0")


@pytest.mark.parametrize(
    "parts", [{}, {"both": {}, "image_text": {}}, {"image_text": {}}, {"speech": {}}]
)
def test_parts_are_one_network_or_one_for_each_data_set(parts):
    with pytest.raises(ParameterError, match=r"variants\.x"):
        parse(variants={**VALUES["variants"], "x": {"parts": parts}})
