"""Settings that contradict themselves are refused with what is allowed instead."""

import pytest
from pydantic import ValidationError

from crossmodal.config.skipmodal.post_net import TrainMelToLinear
from crossmodal.config.skipmodal.training import TrainCycleGan
from crossmodal.errors import ParameterError
from tests.src.train.skipmodal.test_cyclegan import GAN_SETTINGS
from tests.src.train.skipmodal.test_mel_to_linear import LINEAR
from tests.src.train.toys import settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 1}, r"train\.batching = .*: allowed: a larger batch_size"),
        ({"image_share": 0.01}, r"train\.batching = .*: allowed: a larger batch_size"),
        ({"image_share": 0.0}, r"image_share = 0.0; allowed: .*more than 0"),
        ({"image_share": 1.0}, r"image_share = 1.0; allowed: .*less than 1"),
        (
            {"strategy": "both"},
            r"train\.batching\.strategy = 'both'; allowed: one of alternate, mi",
        ),
        ({"bucket_batches": 0}, r"train\.batching\.bucket_batches = 0; allowed: .*at least 1"),
        ({"learning_rate": 0}, r"train\.optimization\.learning_rate = 0; allowed: .*more than 0"),
        (
            {"final_rate": 0.02},
            r"train\.optimization = .*allowed: final_rate at most learning_rate",
        ),
        ({"decay": "none"}, "allowed: final_rate = learning_rate where decay is none"),
        ({"restarts": [0.5, 0.5]}, r"restarts = .*: allowed: growing shares between 0 and 1"),
        ({"restarts": [0.0]}, r"restarts = .*: allowed: growing shares between 0 and 1"),
        ({"restarts": [1.0]}, r"restarts = .*: allowed: growing shares between 0 and 1"),
        ({"max_norm": 0}, r"train\.optimization\.max_norm = 0; allowed: a number, more than 0"),
        ({"warmup_steps": 9}, r"allowed: optimization\.warmup_steps below running\.steps"),
        ({"steps": 0}, r"train\.running\.steps = 0; allowed: a whole number, at least 1"),
        ({"log_steps": 0}, r"train\.running\.log_steps = 0; allowed"),
        ({"keep_best": 1}, r"train\.running\.keep_best = 1; allowed: true or false"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        settings(**changes)


def test_alternating_batches_may_be_odd():
    assert settings(strategy="alternate", batch_size=7).batching.batch_size == 7


def test_cyclegan_needs_both_data_sets_in_a_step():
    with pytest.raises(ParameterError, match="allowed: strategy mixed, as every step needs"):
        settings(TrainCycleGan, GAN_SETTINGS, strategy="alternate")
    with pytest.raises(ParameterError, match=r"train\.pool = 50 is an unknown key"):
        TrainCycleGan.parse(GAN_SETTINGS | {"pool": 50}, "train")


def test_settings_are_frozen():
    for config in (settings(), settings(TrainMelToLinear, LINEAR)):
        with pytest.raises(ValidationError, match="frozen"):
            config.running.steps = 1
