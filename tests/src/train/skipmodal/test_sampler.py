"""Each item once an epoch, little padding, the same batches for any number of processes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.config.skipmodal.training import Batching
from crossmodal.errors import DataError, ParameterError
from crossmodal.train.skipmodal.sampler import Indices, PairSampler

SIZES = st.integers(1, 40)
STRATEGIES = st.sampled_from(["alternate", "mixed"])


def make_sampler(images, recordings, strategy="mixed", size=8, bucket=3, seed=1, share=0.5):
    lengths = np.random.default_rng([images, recordings])
    captions = [lengths.integers(5, 60, lengths.integers(1, 6)).tolist() for _ in range(images)]
    config = Batching(strategy=strategy, batch_size=size, bucket_batches=bucket, image_share=share)
    return PairSampler(captions, lengths.integers(20, 200, recordings).tolist(), config, seed)


def make_even_sampler(spread, bucket):
    lengths = (np.arange(1000) % spread).tolist()
    config = Batching(strategy="mixed", batch_size=16, bucket_batches=bucket)
    return PairSampler([[length] for length in lengths], lengths, config, 3)


@given(SIZES, SIZES, STRATEGIES, st.sampled_from([2, 4, 6]), st.integers(1, 5))
def test_no_item_comes_twice_before_all_have_come_once(images, recordings, strategy, size, bucket):
    sampler = make_sampler(images, recordings, strategy, size, bucket)
    seen, heard = np.zeros(images, int), np.zeros(recordings, int)
    for step in range(40):
        indices = sampler(step)
        np.add.at(seen, indices.images, 1)
        np.add.at(heard, indices.recordings, 1)
        assert seen.max() - seen.min() <= 1
        assert heard.max() - heard.min() <= 1
    assert seen.sum() == heard.sum() == 20 * size


@pytest.mark.parametrize(
    ("size", "share", "images"), [(8, 0.75, 6), (56, 5 / 7, 40), (30, 0.1, 3), (9, 0.6, 5)]
)
def test_a_mixed_batch_is_shared_as_wanted(size, share, images):
    sampler = make_sampler(25, 17, size=size, share=share)
    seen, heard = np.zeros(25, int), np.zeros(17, int)
    for step in range(20):
        indices = sampler(step)
        assert len(indices.images) == len(indices.captions) == images
        assert len(indices.recordings) == size - images
        np.add.at(seen, indices.images, 1)
        np.add.at(heard, indices.recordings, 1)
        assert seen.max() - seen.min() <= 1
        assert heard.max() - heard.min() <= 1


@given(SIZES, SIZES, STRATEGIES, st.integers(0, 500))
def test_a_step_depends_on_the_seed_and_the_step_alone(images, recordings, strategy, step):
    walked, jumped = (make_sampler(images, recordings, strategy) for _ in range(2))
    for number in range(max(step - 30, 0), step):
        walked(number)
    for first, second in zip(vars(walked(step)).values(), vars(jumped(step)).values(), strict=True):
        assert np.array_equal(first, second)


@given(SIZES, SIZES, STRATEGIES, st.sampled_from([1, 2, 4]), st.integers(0, 50))
def test_processes_share_each_batch(images, recordings, strategy, world, step):
    whole = make_sampler(images, recordings, strategy)(step)
    parts = [whole.slice(rank, world) for rank in range(world)]
    for name in ("images", "captions", "recordings"):
        items = [getattr(part, name) for part in parts]
        assert {len(part) for part in items} == {len(getattr(whole, name)) // world}
        # Dealt out in turn, so dealing them back in gives the batch.
        assert np.array_equal(np.stack(items, 1).ravel(), getattr(whole, name))


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(ParameterError, match=r"4 items of a data set .* 3 processes; choose"):
        make_sampler(9, 9)(0).slice(0, 3)


def test_an_image_shows_all_its_captions_before_one_comes_again():
    sampler = make_sampler(7, 5, size=2)
    shown = {image: [] for image in range(7)}
    for step in range(7 * 12):
        indices = sampler(step)
        shown[int(indices.images[0])].append(int(indices.captions[0]))
    assert len({captions[0] for captions in shown.values()}) > 1
    for image, captions in shown.items():
        count = int(sampler.counts[image])
        for start in range(12 - count + 1):
            assert sorted(captions[start : start + count]) == list(range(count))


def padding(sampler, epochs=4):
    """The share of a batch's characters or frames that is padding."""
    lengths = np.arange(1000) % 100 + 1
    batches = [lengths[sampler(step).recordings] for step in range(epochs * 125)]
    return 1 - np.mean([batch.mean() / batch.max() for batch in batches])


def test_buckets_save_padding_and_are_still_random():
    plain, bucketed = make_even_sampler(100, 1), make_even_sampler(100, 25)
    assert padding(plain) > 0.4
    assert padding(bucketed) < 0.1
    first, second = ({frozenset(bucketed(e * 125 + s).images) for s in range(125)} for e in (0, 1))
    assert not first & second
    lengths = [(bucketed(step).recordings % 100).mean() for step in range(125)]
    assert abs(np.corrcoef(lengths[1:], lengths[:-1])[0, 1]) < 0.3, "batches go up by length"


def test_images_are_bucketed_by_the_caption_they_show():
    captions = [[10, 50] if image % 2 else [50, 10] for image in range(64)]
    config = Batching(strategy="mixed", batch_size=16, bucket_batches=8)
    sampler = PairSampler(captions, [1], config, 0)
    spread = []
    for step in range(32):
        indices = sampler(step)
        shown = [captions[i][c] for i, c in zip(indices.images, indices.captions, strict=True)]
        spread.append(len(set(shown)))
    # One batch of each epoch may hold both lengths.
    assert sum(count > 1 for count in spread) <= 4


def test_strategies_take_their_turns():
    mixed, alternate = make_sampler(20, 30), make_sampler(20, 30, "alternate")
    counts = [[len(sampler(step).images) for step in range(4)] for sampler in (mixed, alternate)]
    assert counts == [[4, 4, 4, 4], [8, 0, 8, 0]]
    counts = [
        [len(sampler(step).recordings) for step in range(4)] for sampler in (mixed, alternate)
    ]
    assert counts == [[4, 4, 4, 4], [0, 8, 0, 8]]


def test_seeds_and_data_sets_are_shuffled_independently():
    one, other = make_sampler(64, 64, seed=1)(0), make_sampler(64, 64, seed=2)(0)
    assert not np.array_equal(one.images, other.images)
    assert not np.array_equal(one.images, one.recordings)


def test_data_that_cannot_be_trained_on_is_refused():
    config = Batching(strategy="mixed", batch_size=2, bucket_batches=1)
    for captions, recordings, message in (
        ([[3], []], [1], "image 1 has no caption"),
        ([], [1], "no items"),
        ([[3]], [], "no items"),
    ):
        with pytest.raises(DataError, match=message):
            PairSampler(captions, recordings, config, 0)


def test_indices_know_nothing_but_numbers():
    items = Indices(*(np.arange(4) + start for start in (0, 10, 20)))
    assert items.slice(1, 2).captions.tolist() == [11, 13]
