import numpy as np
import pytest

from crossmodal.config.skipmodal.training import Batching
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.train.skipmodal.pair_batches import PairLoader
from crossmodal.train.skipmodal.sampler import PairSampler
from tests.src.data.skipmodal.conftest import *  # noqa: F403

BATCHING = Batching(strategy="mixed", batch_size=4, bucket_batches=1)


@pytest.fixture
def loader(image_text, text_speech):
    return PairLoader(
        ImageTextStore.open(image_text, "train"), TextSpeechStore.open(text_speech, "train")
    )


def test_pairs_are_those_of_the_stores(loader):
    items = loader.sampler(BATCHING, 0, "both")(3)
    batch = loader(items)
    images, clips = loader.images, loader.recordings
    assert batch.image_text.images.shape == (2, 3, 16, 16)
    expected = images.batch(items.images, items.captions).texts
    assert batch.image_text.texts.symbols.equal(expected.symbols)
    assert batch.text_speech.speech.frames.tolist() == clips.frames[items.recordings].tolist()


def test_lengths_are_those_of_captions_and_recordings(loader):
    sampler = loader.sampler(BATCHING, 0, "both")
    assert isinstance(sampler, PairSampler)
    assert sampler.counts.tolist() == loader.images.caption_counts.tolist()
    assert sampler.caption_lengths.tolist() == loader.images.flat.lengths.tolist()


@pytest.mark.parametrize("part", ["image_text", "text_speech"])
def test_a_part_sees_full_batches_of_its_own_data_set_only(loader, part):
    sampler, seen = loader.sampler(BATCHING, 1, part), []
    count = 17 if part == "image_text" else 11
    for step in range(count):
        items = sampler(step)
        batch = loader(items)
        own, other = items.images, items.recordings
        if part == "text_speech":
            own, other = other, own
            assert batch.image_text is None
        else:
            assert batch.text_speech is None
        assert len(own) == 4 and len(other) == 0
        seen += own.tolist()
    # In as many steps as it has items, four epochs: each item four times.
    assert np.bincount(seen).tolist() == [4] * count
