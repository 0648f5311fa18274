"""A run's measures: complete, plain JSON, best for the truth, worst for other images."""

import json

import numpy as np
import pytest

from crossmodal.data.captions import captions
from crossmodal.evaluate import skip_modal
from crossmodal.evaluate.skip_modal import (
    TaskMetrics,
    heard_as,
    measure_task,
    run_name,
    wrong_images,
)
from tests.src.evaluate.scenes import draw

SCENES = draw(40, seed=3)


def test_the_truth_measures_best():
    references = [captions(scene) for scene in SCENES]
    metrics = measure_task([texts[2] for texts in references], references, SCENES, java=False)
    assert set(metrics) == set(TaskMetrics.__annotations__)
    assert metrics["wer"] == 0 and metrics["bleu1"] == pytest.approx(1)
    assert metrics["attributes"]["overall"] == metrics["attributes"]["scenes"] == 1
    assert metrics["items"] == 40 and metrics["reasons"]["spice"] == "not asked for"
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_captions_of_other_images_are_the_floor():
    floor = wrong_images(SCENES, java=False)
    assert floor["wer"] > 0.3 and floor["bleu4"] < 0.7
    assert floor["attributes"]["overall"] < 0.5 and floor["attributes"]["scenes"] < 0.1


def test_speech_is_measured_by_its_transcript(monkeypatch):
    texts = [captions(scene)[0] for scene in SCENES]
    clips = [np.full(3, number, np.float32) for number in range(len(texts))]
    hear = lambda clips, rate, progress: [texts[int(clip[0])] for clip in clips]  # noqa: E731
    monkeypatch.setattr(skip_modal, "transcribe_all", hear)
    assert heard_as(clips, 16_000, texts, SCENES, java=False)["wer"] == 0
    shifted = heard_as(clips[1:] + clips[:1], 16_000, texts, SCENES, java=False)
    assert shifted["wer"] > 0.3


def test_without_scenes_no_attributes_are_measured():
    assert measure_task(["a"], [["a"]], java=False)["attributes"] == {}


def test_lists_must_fit():
    with pytest.raises(ValueError):
        measure_task(["a", "b"], [["a"]], java=False)


def test_a_run_is_named_after_variant_and_seed():
    assert run_name("without_memory", 2) == "without_memory-2"
