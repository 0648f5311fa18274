"""Recall against a count by hand, chance against random orders, relevance against the grammar."""

import numpy as np
import pytest

from crossmodal.data.captions import captions
from crossmodal.data.scenes import Item, Scene
from crossmodal.evaluate.cross_retrieval import (
    chance,
    cosine_similarity,
    nearest,
    recall,
    relevant_by_key,
    relevant_by_truth,
)
from tests.src.evaluate.scenes import draw


def test_cosine_ignores_length_and_survives_zeros():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(4, 5)), rng.normal(size=(6, 5))
    cosines = cosine_similarity(left, right)
    assert np.allclose(cosines, cosine_similarity(3 * left, right / 7))
    assert np.allclose(np.diag(cosine_similarity(left, left)), 1)
    assert (cosine_similarity(0 * left, right) == 0).all()


def test_nearest_are_the_best_in_order_and_of_equal_ones_the_first():
    similarity = np.array([[0.1, 0.9, 0.5, 0.9], [0, 0, 0, 0]])
    assert nearest(similarity).tolist() == [[1, 3, 2], [0, 1, 2]]


def test_recall_by_hand():
    similarity = np.array([[3, 2, 1], [3, 2, 1], [1, 2, 3], [1, 2, 3.0]])
    relevant = np.array([[1, 0, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]], dtype=bool)
    measures = recall(similarity, relevant, ranks=(1, 2, 5))
    assert measures["answerable"] == 0.75
    assert [measures[f"recall@{k}"] for k in (1, 2, 5)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_chance_is_what_random_orders_reach():
    rng = np.random.default_rng(1)
    relevant = np.arange(20) < np.array([[1], [4], [19]])
    for rank in (1, 5, 10):
        hits = [
            recall(rng.random((3, 20)), relevant, (rank,))[f"recall@{rank}"] for _ in range(900)
        ]
        expected = chance(relevant.sum(1), 20, rank).mean()
        assert np.mean(hits) == pytest.approx(expected, abs=0.04)


def test_more_ranks_than_candidates_find_everything():
    measures = recall(np.eye(3), np.eye(3, dtype=bool))
    assert measures["recall@1"] == measures["recall@10"] == measures["chance@5"] == 1


def test_what_cannot_be_measured_is_an_error():
    with pytest.raises(ValueError, match="differ"):
        recall(np.eye(3), np.eye(2, dtype=bool))
    with pytest.raises(ValueError, match="no query"):
        recall(np.eye(2), np.zeros((2, 2), dtype=bool))


def test_keys_are_relevant_where_equal():
    assert relevant_by_key(["a", "b"], ["b", "a", "b"]).tolist() == [[0, 1, 0], [1, 0, 1]]


def test_a_text_is_relevant_to_all_scenes_that_it_is_true_of():
    small, large = Item("small", "red", "seven"), Item("large", "red", "seven")
    blue = Item("small", "blue", "two")
    scenes = [Scene((small, blue)), Scene((large, blue), "vertical"), Scene((blue, small))]
    texts = ["Two digits, a red 7 and a blue 2.", "a red seven left of a blue two", "a kite"]
    assert relevant_by_truth(texts, scenes).tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_every_caption_is_relevant_to_its_scene():
    scenes = draw(40)
    relevant = relevant_by_truth([captions(scene)[-1] for scene in scenes], scenes)
    assert relevant.diagonal().all() and relevant.mean() < 0.1
