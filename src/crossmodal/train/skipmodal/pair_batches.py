"""From stores of pairs to a training's batches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crossmodal.config.skipmodal.planned_runs import Part
from crossmodal.config.skipmodal.training import Batching
from crossmodal.data.skipmodal.batches import PairBatch
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.train.skipmodal.sampler import Indices, PairSampler


@dataclass(frozen=True)
class PairLoader:
    """Reads the items of a step; a data set without items in it is None."""

    images: ImageTextStore
    recordings: TextSpeechStore

    def __call__(self, items: Indices) -> PairBatch:
        """The pairs, padded."""
        return PairBatch(
            self.images.batch(items.images, items.captions) if len(items.images) else None,
            self.recordings.batch(items.recordings) if len(items.recordings) else None,
        )

    def sampler(self, batching: Batching, seed: int, part: Part) -> Callable[[int], Indices]:
        """Which items each step reads; of one data set only where `part` says so."""
        borders = np.cumsum(self.images.caption_counts)[:-1]
        captions = [part.tolist() for part in np.split(self.images.flat.lengths, borders)]
        frames = self.recordings.frames.tolist()
        if part == "both":
            return PairSampler(captions, frames, batching, seed)
        alternate = batching.model_copy(update={"strategy": "alternate"})
        sampler = PairSampler(captions, frames, alternate, seed)
        odd = part == "text_speech"  # alternating batches begin with data set A
        return lambda step: sampler(2 * step + odd)
