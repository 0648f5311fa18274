import pytest

from crossmodal.config.skipmodal.network import PRESETS, SkipModalNetworkSettings, merge
from crossmodal.errors import ParameterError


def test_the_paper_preset_has_the_appendix_sizes():
    paper = SkipModalNetworkSettings.parse({"preset": "paper"}, "network")
    assert paper == SkipModalNetworkSettings()
    assert (*paper.image_encoder.channels, paper.embedding) == (64, 128, 256, 512)
    assert paper.image_decoder.image_size == 128
    bottleneck = paper.bottleneck
    assert (bottleneck.slots, bottleneck.size, bottleneck.heads) == (128, 256, 4)
    assert (paper.weights.adversary, paper.post_net.bins) == (0.1, 1025)


def test_a_number_beside_the_preset_counts_and_the_rest_stays():
    values = {"preset": "laptop", "text_encoder": {"cbhg": {"bank": 3}}, "embedding": 99}
    ours, laptop = (
        SkipModalNetworkSettings.parse(v, "network") for v in (values, {"preset": "laptop"})
    )
    assert (ours.text_encoder.cbhg.bank, ours.embedding) == (3, 99)
    assert ours.text_encoder.cbhg.channels == laptop.text_encoder.cbhg.channels
    assert (
        ours.text_encoder.lookup
        == laptop.text_encoder.lookup
        != SkipModalNetworkSettings().text_encoder.lookup
    )
    assert laptop.image_decoder.image_size == 64
    assert ours.speech_decoder == laptop.speech_decoder


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_written_out_are_the_settings_read_back(preset):
    config = SkipModalNetworkSettings.parse(
        {"preset": preset, "bottleneck": {"slots": 10}}, "network"
    )
    assert SkipModalNetworkSettings.parse(config.model_dump(mode="json"), "network") == config


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"preset": "huge"}, "paper, laptop"),
        ({"preset": ["paper"]}, "paper, laptop"),
        ({"bottleneck": {"size": 30}}, "4 heads divide"),
        ({"bottleneck": {"fusion": "memories"}}, "memory, dense, none"),
        ({"preset": "laptop", "text_encoder": 5}, "network.text_encoder"),
        ({"preset": "laptop", "text_encoder": {"lokup": 5}}, "unknown key"),
        ({"text_encoder": {"dropout": 1.0}}, "less than 1"),
        ([], "network"),
    ],
)
def test_mistakes_are_named(values, word):
    with pytest.raises(ParameterError, match=word):
        SkipModalNetworkSettings.parse(values, "network")


def test_merging_leaves_both_mappings_as_they_were():
    below, above = {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}}
    assert merge(below, above) == {"a": {"b": 4, "c": 2}, "d": 3}
    assert (below, above) == ({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}})
