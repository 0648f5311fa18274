"""METEOR and SPICE, or the reason why there is none."""

import math

import pytest

from crossmodal.evaluate.skipmodal.java_scores import java_scores, missing
from crossmodal.evaluate.skipmodal.normalization import GRAMMAR


def test_without_java_the_reason_stands(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    scores, reasons = java_scores(["a"], [["a"]])
    assert scores == {"meteor": None, "spice": None}
    assert reasons == {"meteor": "no Java", "spice": "no Java"}


def test_a_jar_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/java")
    assert missing("spice", tmp_path) == "no spice-1.0.jar"


class Scorer:
    def __init__(self, score):
        self.score = score

    def compute_score(self, truth, said):
        assert truth == {0: ["a two"]} and said == {0: ["a seven"]}
        if self.score is None:
            raise BrokenPipeError
        return self.score, [self.score]


@pytest.mark.parametrize(
    ("score", "value", "reason"),
    [(0.25, 0.25, None), (math.nan, None, "gave no number"), (None, None, "BrokenPipeError")],
)
def test_scores_are_numbers_or_have_a_reason(score, value, reason):
    scores, reasons = java_scores(
        ["a 7"], [["a to"]], GRAMMAR, lambda name: Scorer(score), lambda name: None
    )
    assert scores == {"meteor": value, "spice": value}
    assert all(reason in text for text in reasons.values()) and bool(reasons) == (value is None)


@pytest.mark.slow
def test_meteor_prefers_the_truth():
    if missing("meteor"):
        pytest.skip(str(missing("meteor")))
    right, _ = java_scores(["a red seven"], [["a red seven"]])
    wrong, _ = java_scores(["a blue two"], [["a red seven"]])
    assert right["meteor"] > wrong["meteor"] + 0.3
