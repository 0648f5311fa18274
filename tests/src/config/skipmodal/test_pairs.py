import itertools

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.config.skipmodal.held_out import Combinations, HeldOut
from crossmodal.config.skipmodal.pairs import Source, Sources
from crossmodal.errors import ParameterError
from tests.src.data.skipmodal.conftest import (
    PARAMS,
    captions_config,
    spectrogram_config,
    speech_config,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("val2017", ("val2017", 0, 100)),
        ("val2017[:50%]", ("val2017", 0, 50)),
        ("[90%:95%]", ("", 90, 95)),
        ("a-b_c[5%:]", ("a-b_c", 5, 100)),
        ("", ("", 0, 100)),
    ],
)
def test_a_source_is_a_name_and_a_part(text, expected):
    assert Source.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["../a", "a b", "a[50%]", "a[60%:50%]", "a[:101%]", "a[:0%]", "a["]
)
def test_other_sources_are_refused(text):
    with pytest.raises(ValueError, match="allowed: a name and a part in percent"):
        Source.parse(text)


@given(st.integers(0, 5000), st.lists(st.integers(1, 99), unique=True, max_size=5))
def test_adjoining_parts_share_nothing_and_leave_nothing(count, borders):
    edges = [0, *sorted(borders), 100]
    parts = [Source("a", *pair).take(count) for pair in itertools.pairwise(edges)]
    taken = [item for part in parts for item in range(count)[part]]
    assert taken == list(range(count))


@pytest.mark.parametrize("text", ["val2017", "val2017[:50%]", "[90%:95%]", ""])
def test_a_source_is_written_as_it_is_read(text):
    source = Source.parse(text)
    assert Source.parse(str(source)) == source


@pytest.mark.parametrize("text", ["0", "100", "0.0", "0.01", "0.999"])
def test_the_limit_of_broken_inputs_is_a_number_or_a_share(text):
    value = yaml.safe_load(f"max_broken: {text}")["max_broken"]
    for config in (captions_config(max_broken=value), speech_config(max_broken=value)):
        assert config.max_broken == value and type(config.max_broken) is type(value)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        *((value, "; allowed: a number, at least 0 (broken") for value in (-1, -0.1, True, "1%")),
        *((value, "; allowed: a number, at least 0 (broken") for value in (None, float("nan"))),
        # 1.0 could be meant as one input, or as all of them.
        *((value, ": allowed: a whole number") for value in (1.0, 5.0, float("inf"))),
    ],
)
def test_other_limits_are_refused(value, allowed):
    with pytest.raises(ParameterError) as caught:
        captions_config(max_broken=value)
    assert str(caught.value).startswith(f"shard_captions.max_broken = {value!r}{allowed}")


def test_splits_must_not_overlap():
    Sources.parse({"train": "a[:50%]", "validation": "a[50%:]", "test": "b"}, "splits")
    for train in ("a", "a[:60%]", "a[70%:80%]"):
        with pytest.raises(ParameterError, match="parts of 'a' that do not overlap"):
            Sources.parse({"train": train, "validation": "a[50%:]", "test": "b"}, "splits")
    with pytest.raises(ParameterError, match=r"splits\.test = 'a\[': allowed: a name"):
        Sources.parse({"train": "b", "validation": "c", "test": "a["}, "splits")


def test_frames_must_overlap_and_fit_the_transform():
    assert spectrogram_config(**PARAMS["spectrograms"] | {"fft_size": 2048}).bins == 1025
    with pytest.raises(ParameterError, match="hop_seconds of at most half"):
        spectrogram_config(hop_seconds=0.03)
    with pytest.raises(ParameterError, match="fft_size of at least the window's 400 samples"):
        spectrogram_config(fft_size=256)


@pytest.mark.parametrize(
    ("singles", "pairs", "reason"),
    [
        (["red seven"], [], "'size color digit' in words; not 'red seven'"),
        (["small pink seven"], [], "not 'small pink seven'"),
        ([], ["71"], "two digits, the smaller first; not '71'"),
        ([], ["7"], "not '7'"),
    ],
)
def test_wrong_combinations(singles, pairs, reason):
    with pytest.raises(ParameterError, match=reason):
        Combinations.parse({"singles": singles, "pairs": pairs}, "test")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bindings": ["small seven"]}, "'color digit' in words; not 'small seven'"),
        ({"bindings": [f"{c} six" for c in ("red", "green", "blue", "yellow", "white")]},
         "some binding with 'six' in training"),
        ({"test": PARAMS["held_out"]["validation"]}, "in validation or test, not both"),
    ],
)  # fmt: skip
def test_wrong_held_out_sets(change, reason):
    with pytest.raises(ParameterError, match=reason):
        HeldOut.parse(PARAMS["held_out"] | change, "held_out")


def test_every_attribute_stays_in_training(held_out_values=PARAMS["held_out"]):
    held_out = HeldOut.parse(held_out_values, "held_out")
    for split in (held_out.validation, held_out.test):
        assert 5 <= len(split.singles) == len(set(split.singles))
    assert len(set(held_out.bindings)) == 5
