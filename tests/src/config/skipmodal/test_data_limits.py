"""What networks must be able to do follows from the data; what is set too small is refused."""

import numpy as np
import pytest

from crossmodal.config.skipmodal.data_limits import DataLimits, count_doublings
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.pair_limits import measure_pairs
from crossmodal.data.skipmodal.pairs import IMAGE_COLUMNS, SPEECH_COLUMNS, PairWriter, Sample
from crossmodal.errors import ParameterError

LIMITS = DataLimits(symbols=65, words=12, frames=269, image_size=64)


def fit(slots, limits=LIMITS):
    return SlotNetworkSettings.parse({"kind": "slots", **slots}, "x").fit(limits, "x")


def test_what_is_set_stays_where_it_leaves_room():
    fitted = fit({"slots": 3, "max_symbols": 65, "max_steps": 68})
    assert (fitted.slots, fitted.max_symbols, fitted.max_steps) == (3, 65, 68)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("max_symbols", 64, "x.max_symbols = 64, but the longest text of the data has 65 symbols"),
        ("max_steps", 67, "x.max_steps = 67, but the longest clip of the data has 68 steps of 4"),
    ],
)
def test_what_would_cut_the_data_is_refused(setting, value, message):
    with pytest.raises(ParameterError, match=message):
        fit({setting: value})


def test_more_words_than_there_can_be_slots():
    assert fit({"slots": 0}, LIMITS._replace(words=64)).slots == 64
    with pytest.raises(ParameterError, match="a text of the data has 65 words"):
        fit({"slots": 0}, LIMITS._replace(words=65))
    assert fit({"slots": 12}, LIMITS._replace(words=65)).slots == 12


@pytest.mark.parametrize("side", [16, 32, 64, 128, 256])
def test_the_image_decoder_draws_the_datas_size(side):
    fitted = SkipModalNetworkSettings().fit(LIMITS._replace(image_size=side), "x")
    assert fitted.image_decoder.image_size == side
    assert fitted.image_decoder.channels == (32, 16, 8, 8, 8)[: len(fitted.image_decoder.channels)]


@pytest.mark.parametrize("side", [0, 4, 8, 65, 96, 100])
def test_other_sizes_are_refused_with_those_that_can_be_drawn(side):
    with pytest.raises(ParameterError, match=rf"image_size = {side}: .* 16, 32, 64, 128, 256"):
        count_doublings(4, side)
    assert count_doublings(6, 96) == 4


def test_limits_are_those_of_all_splits_of_both_data_sets(tmp_path):
    picture = np.zeros((3, 32, 32), np.uint8)
    images = PairWriter(tmp_path / "images", IMAGE_COLUMNS, 4)
    for split, texts in {"train": ["a cat"], "test": ["it's a dog, a red one", "a"]}.items():
        sample = Sample("1", texts, {"images": picture}, {"width": 9, "height": 9})
        list(images.write_split(split, [sample], 4))
    images.close()
    clips = PairWriter(tmp_path / "clips", SPEECH_COLUMNS)
    for split, frames in {"train": 7, "validation": 30}.items():
        mel = np.zeros((frames, 4), np.uint8)
        sample = Sample(
            "a", ["Hello"], {"mel": mel, "linear": mel}, {"frames": frames, "samples": 9}
        )
        list(clips.write_split(split, [sample], 4))
    clips.close()
    limits, wordiest = measure_pairs(tmp_path / "images", tmp_path / "clips")
    assert limits == (22, 6, 30, 32) and wordiest == "it's a dog, a red one"
