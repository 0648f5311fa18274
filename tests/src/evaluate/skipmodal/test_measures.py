"""A run's measures: complete, plain JSON, best for the truth, worst for other images."""

import json

import pytest

from crossmodal.data.skipmodal.captions import captions
from crossmodal.evaluate.skipmodal.measures import TaskMetrics, measure_task, run_name, wrong_images
from tests.src.evaluate.skipmodal.drawn_scenes import draw

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
    floor = wrong_images([captions(scene) for scene in SCENES], SCENES, java=False)
    assert floor["wer"] > 0.3 and floor["bleu4"] < 0.7
    assert floor["attributes"]["overall"] < 0.5 and floor["attributes"]["scenes"] < 0.1


def test_the_floor_is_low_where_images_are_in_the_order_of_what_they_show():
    kinds = ("boats in a harbor", "a road with cars", "trees beside the lake", "some tall houses")
    references = [[text, f"{text} here"] for text in kinds for _ in range(5)]
    assert wrong_images(references, None, java=False)["bleu4"] < 0.1


def test_sentences_of_other_scenes_measure_worse():
    texts = [captions(scene)[0] for scene in SCENES]
    references = [[text] for text in texts]
    assert measure_task(texts, references, SCENES, java=False)["wer"] == 0
    shifted = measure_task(texts[1:] + texts[:1], references, SCENES, java=False)
    assert shifted["wer"] > 0.3


def test_homophones_count_as_right_where_scenes_are_known():
    texts = [f"two digits, {captions(scene)[0]}" for scene in SCENES]
    heard, references = [text.replace("two", "to") for text in texts], [[text] for text in texts]
    assert measure_task(heard, references, SCENES, java=False)["wer"] == 0
    assert measure_task(heard, references, java=False)["wer"] > 0


def test_numbers_of_transcripts_are_put_in_words():
    sentences = ["2 dogs", "a cat"], [["two dogs"], ["a cat"]]
    heard = measure_task(*sentences, java=False, heard=True)
    written = measure_task(*sentences, java=False)
    assert heard["bleu1"] == pytest.approx(1) and written["bleu1"] == pytest.approx(0.75)
    assert heard["wer"] == written["wer"] == 0


def test_without_scenes_no_attributes_are_measured():
    assert measure_task(["a"], [["a"]], java=False)["attributes"] == {}


def test_lists_must_fit():
    with pytest.raises(ValueError):
        measure_task(["a", "b"], [["a"]], java=False)


def test_a_run_is_named_after_variant_and_seed():
    assert run_name("without_memory", 2) == "without_memory-2"
