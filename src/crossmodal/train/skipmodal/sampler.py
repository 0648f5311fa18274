"""Which items each training step reads: a function of the seed and the step, nothing else.

So a resumed training needs no state of a sampler, and R processes that each take their slice of
a step's items see the batches that one process would see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from crossmodal.config.skipmodal.training import Batching
from crossmodal.errors import DataError, ParameterError
from crossmodal.train.stream import Numbers, Stream


@dataclass(frozen=True)
class Indices:
    """A step's items; arrays of the data set that has no turn are empty.

    images, captions: image numbers in data set A and, for each, which of its captions, [n].
    recordings: numbers in data set B, [n].
    """

    images: Numbers
    captions: Numbers
    recordings: Numbers

    def slice(self, rank: int, world: int) -> "Indices":
        """What process `rank` of `world` trains on: every world-th item.

        As items are sorted by length, all processes get about the same work.

        Raises:
            ParameterError: the items cannot be shared equally.
        """
        for items in (self.images, self.recordings):
            if len(items) % world:
                raise ParameterError(
                    f"{len(items)} items of a data set in a step cannot be shared by {world} "
                    "processes; choose a batch_size that gives each the same number"
                )
        own = slice(rank, None, world)
        return Indices(self.images[own], self.captions[own], self.recordings[own])


class PairSampler:
    """Both data sets' batches by strategy (paper B, section 9.1).

    An image shows another of its captions in every epoch: all of them before one comes again.
    """

    def __init__(
        self,
        caption_lengths: Sequence[Sequence[int]],
        recording_lengths: Sequence[int],
        config: Batching,
        seed: int,
    ) -> None:
        """Prepare both streams.

        Args:
            caption_lengths: characters of every caption of every image of data set A.
            recording_lengths: frames of every recording of data set B.

        Raises:
            DataError: a data set is empty, or an image has no caption.
        """
        self.counts = np.array([len(captions) for captions in caption_lengths], np.int64)
        if not self.counts.all():
            raise DataError(f"image {self.counts.argmin()} has no caption; leave it out")
        self.first = np.random.default_rng([seed, 2]).integers(0, 2**32, len(self.counts))
        self.starts = np.cumsum(self.counts) - self.counts
        self.caption_lengths = np.array(list(chain.from_iterable(caption_lengths)), np.int64)
        heard = np.array(recording_lengths, np.int64)
        self.mixed = config.strategy == "mixed"
        shown, spoken = config.mixed_sizes if self.mixed else (config.batch_size,) * 2
        bucket = config.bucket_batches
        self.images = Stream(len(self.counts), self.shown_lengths, shown, bucket, [seed, 0])
        self.recordings = Stream(len(heard), lambda _: heard, spoken, bucket, [seed, 1])

    def __call__(self, step: int) -> Indices:
        """The items of a step, counted from 0; alternating batches begin with data set A."""
        images = captions = recordings = np.zeros(0, np.int64)
        number = step if self.mixed else step // 2
        if self.mixed or step % 2 == 0:
            images, epochs = self.images.batch(number)
            captions = (self.first[images] + epochs) % self.counts[images]
        if self.mixed or step % 2 == 1:
            recordings, _ = self.recordings.batch(number)
        return Indices(images, captions, recordings)

    def shown_lengths(self, epoch: int) -> Numbers:
        """Characters of the caption that each image shows in an epoch."""
        return self.caption_lengths[self.starts + (self.first + epoch) % self.counts]
