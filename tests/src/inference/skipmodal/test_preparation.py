"""Sentences of people, brought to what a model knows."""

import pytest

from crossmodal.inference.skipmodal.preparation import prepare_sentence


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Two dogs & 42 cats", "two dogs and forty-two cats"),
        ("  caf\u00e9 \u2013 bar ", "cafe - bar"),
        ("it\u2019s a cat", "it's a cat"),
    ],
)
def test_a_sentence_becomes_what_the_training_had(given, said):
    assert prepare_sentence(given, 40, ["dogs"]) == said
