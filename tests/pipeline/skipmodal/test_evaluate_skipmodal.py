"""What people's sentences are measured by: what is heard of them, and what is written."""

import pytest

from crossmodal.config.skipmodal.evaluation import EvaluateSkipModal
from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT
from pipeline.skipmodal.evaluate_skipmodal import Truth, measure

OWN = Truth(["two dogs"], {"a": ["two dogs"], "b": ["a cat"]}, scenes=None)
CONFIG = EvaluateSkipModal(java_scores=False)


@pytest.mark.parametrize(
    ("task", "bleu"),
    [("text_to_speech", 1), ("image_to_speech", 1), (VIA_TEXT, 1), ("image_to_text", 3 / 4)],
)
def test_numbers_that_are_heard_count_as_words(task, bleu):
    measured = measure({"a": "2 dogs", "b": "a cat"}, OWN, CONFIG, task, "test")
    assert measured["bleu1"] == pytest.approx(bleu)
    assert measured["wer"] == 0


def test_words_that_sound_alike_differ_in_texts_of_people():
    assert measure({"a": "to dogs"}, OWN, CONFIG, "image_to_text", "test")["wer"] == 0.5
