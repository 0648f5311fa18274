"""Recall against a count by hand, chance against random orders, relevance against the grammar."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from crossmodal.data.skipmodal.captions import captions
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.evaluate.skipmodal.attributes import kinds_of
from crossmodal.evaluate.skipmodal.normalization import normalize
from crossmodal.evaluate.skipmodal.retrieval import (
    Direction,
    attributes_found,
    chance,
    cosine_similarity,
    directions,
    nearest,
    recall,
    relevant_by_key,
    relevant_by_truth,
    true_texts,
)
from tests.src.evaluate.skipmodal.drawn_scenes import draw


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
    assert measures["queries"] == 3
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
    texts.append("a small blue two and a small red seven")
    relevant = relevant_by_truth(texts, scenes)
    assert relevant.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0], [1, 0, 1]]


def test_between_is_true_of_the_mirrored_scene_only():
    red, blue, white = (Item("small", color, "six") for color in ("red", "blue", "white"))
    between = "the blue six is between the red six and the white six"
    orders = [(red, blue, white), (white, blue, red), (blue, red, white), (white, red, blue)]
    found = relevant_by_truth(
        [between, "a white six, a red six and a blue six"], [*map(Scene, orders)]
    )
    assert found.tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


def test_every_caption_is_relevant_to_its_scene():
    scenes = draw(40)
    relevant = relevant_by_truth([captions(scene)[-1] for scene in scenes], scenes)
    assert relevant.diagonal().all() and relevant.mean() < 0.1


def test_what_is_true_of_a_scene_names_its_items_and_no_others():
    for scene in draw(60, seed=1):
        words = Counter(word for item in scene.items for word in (item.color, item.digit))
        true = true_texts(scene)
        assert {normalize(text) for text in captions(scene)} <= true
        for text in true:
            said = Counter(
                w
                for w, kind in zip(text.split(), kinds_of(text.split()), strict=True)
                if kind in ("color", "digit")
            )
            assert said == words


def search(scenes):
    """Two images and three recordings with vectors of which each fits its own kind only."""
    rng = np.random.default_rng(0)
    vectors = {"image": rng.normal(size=(2, 4)), "text": rng.normal(size=(3, 4))}
    vectors |= {"caption": 2 * vectors["image"], "speech": 3 * vectors["text"]}
    return {way.name: way for way in directions(vectors, CAPTIONS, TEXTS, scenes)}


CAPTIONS = ["a red six above a blue two", "a large red one"]
TEXTS = ["two digits, a blue two and a red six", "a kite", "A kite."]


def test_images_are_searched_by_their_captions_and_recordings_by_their_texts():
    pair = Scene((Item("small", "red", "six"), Item("large", "blue", "two")), "vertical")
    ways = search([pair, Scene((Item("large", "red", "one"),))])
    assert set(ways) == {f"{a}_to_{b}" for a, b in permutations(("image", "text", "speech"), 2)}
    for name in ("image_to_text", "text_to_image", "text_to_speech", "speech_to_text"):
        assert recall(ways[name].similarity, ways[name].relevant)["recall@1"] == 1
    assert ways["image_to_speech"].relevant.tolist() == [[1, 0, 0], [0, 0, 0]]
    assert ways["text_to_speech"].relevant.tolist() == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]
    for first, second in permutations(("image", "text", "speech"), 2):
        there, back = ways[f"{first}_to_{second}"], ways[f"{second}_to_{first}"]
        assert (there.relevant == back.relevant.T).all()
        assert np.allclose(there.similarity, back.similarity.T)


def test_attributes_found_are_judged_of_the_first_one_and_by_chance():
    scenes = [Scene((Item("small", color, "six"),)) for color in ("red", "blue", "white")]
    texts = [captions(scene)[0] for scene in scenes[::-1]]
    similarity = np.eye(3)[::-1].copy()
    for source, target in (("image", "speech"), ("speech", "image")):
        way = Direction(source, target, similarity, similarity > 0)
        measured = attributes_found(way, texts, scenes)
        assert measured["right@1"] == 1
        assert 0.7 < measured["chance_right@1"] < 0.9  # only the colour is wrong, mostly
        wrong = Direction(source, target, -similarity, similarity > 0)
        assert attributes_found(wrong, texts, scenes)["right@1"] == 0.75


def test_of_images_of_your_own_only_their_captions_are_known():
    ways = search(None)
    assert (ways["image_to_text"].relevant == np.eye(2, dtype=bool)).all()
    assert not ways["speech_to_image"].relevant.any()
