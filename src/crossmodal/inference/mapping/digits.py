"""What the families of paper A share: two digits, plain or coloured, and the words for them.

Legend: K classes of a data set, W words of a class, E dimensions of a word's embedding, V = 13
words in all, T samples of a word's recording, C channels, H = 28, W = 56.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from crossmodal.data.audio import trim_silence
from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.mapping.digits import CHANNELS, HEIGHT, WIDTH
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.inference.bundle import Bundle, Sizes, sizes_of
from crossmodal.inference.description import Description
from crossmodal.inference.mapping import speech
from crossmodal.inference.mapping.words import POSITIONS, Words, index_classes, parse_words
from crossmodal.inference.model import Model
from crossmodal.inference.pictures import Pixels
from crossmodal.inference.recordings import Samples
from crossmodal.inference.results import Result
from crossmodal.inference.sources import Content, Modality

if TYPE_CHECKING:
    from crossmodal.inference.mapping.hearing import Listener

WORD_MODALITIES: tuple[Modality, ...] = ("text", "speech")
PAIRS = [f"{number:02}" for number in range(100)]


@dataclass(frozen=True)
class Query:
    """Words that were given or `heard`, and their embedding float32 [1, W * E]."""

    words: Words
    vector: Tensor
    heard: Words | None = None


class DigitModel(Model):
    """Words, recordings and classes of a bundle.

    words: modality -> standardised embeddings of the vocabulary, float32 [V, E].
    recordings: float32 [V, T] in [-1, 1].
    classes: words -> class, in the order of the classes' indices.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Raises DataError where description and tensors disagree."""
        known = self.description = bundle.description
        known.take("vocabulary", lambda x: x == list(VOCABULARY), "the vocabulary of this version")
        self.dataset: DatasetName = known.take("dataset", DATASETS.__contains__, str(DATASETS))
        self.held_out: list[str] = known.take("held_out", are_pairs, "pairs such as '07', a list")
        self.settings = speech.read_settings(known)
        self.shape = (CHANNELS[self.dataset], HEIGHT, WIDTH)
        self.classes = index_classes(self.dataset)
        sizes = (known.integer("word_size", 1, 1000), self.settings.coefficients)
        self.word_sizes = dict(zip(WORD_MODALITIES, sizes, strict=True))
        # On the device `meta` a network has sizes, but needs no memory.
        with torch.device("meta"):
            planned = self.build_networks(known)
        bundle.check({**self.word_tensors(), **self.other_tensors(known), **sizes_of(planned)})
        self.networks = self.build_networks(known)
        bundle.fill(self.networks)
        self.words = {name: bundle.tensors[f"words.{name}"] for name in WORD_MODALITIES}
        self.mean = bundle.tensors["words.speech.mean"]
        self.deviation = bundle.tensors["words.speech.deviation"]
        self.recordings = bundle.tensors["recordings"].numpy().astype(np.float32) / 2**15

    @abstractmethod
    def build_networks(self, known: Description) -> dict[str, nn.Module]:
        """New networks of the described sizes by their names; raises DataError."""

    def other_tensors(self, known: Description) -> Sizes:
        """What a bundle of the family holds beside words and networks; raises DataError."""
        return {}

    def word_tensors(self) -> Sizes:
        """What every bundle holds of words and recordings."""
        count = len(VOCABULARY)
        sizes: Sizes = {"recordings": (torch.int16, (count, self.settings.length))}
        for name, size in self.word_sizes.items():
            sizes[f"words.{name}"] = (torch.float32, (count, size))
            sizes[f"words.{name}.mean"] = (torch.float32, (size,))
            sizes[f"words.{name}.deviation"] = (torch.float32, (size,))
        return sizes

    @property
    def word_count(self) -> int:
        """How many words a class has: 2 for double, 4 for colored."""
        return len(POSITIONS[self.dataset])

    def is_seen(self, words: Words) -> bool:
        """Whether the training had images of this class."""
        left, right = self.classes[words].digits
        return f"{left}{right}" not in self.held_out

    def embed(self, modality: Modality, words: Words) -> Tensor:
        """The embedding of words, float32 [W * E]."""
        return self.words[modality][[VOCABULARY.index(word) for word in words]].flatten()

    def understand(self, modality: Modality, content: Content, as_heard: bool) -> Query:
        """Words or recordings as a query; raises ParameterError or DataError."""
        if isinstance(content, str):
            words = parse_words(content, self.dataset)
            return Query(words, self.embed(modality, words)[None])
        assert isinstance(content, tuple)
        samples = speech.prepare_words(content, self.word_count, self.settings)
        heard = self.hear(samples)
        if as_heard:
            return Query(heard, self.embed(modality, heard)[None], heard)
        raw = torch.from_numpy(np.stack([speech.embed_word(s, self.settings) for s in samples]))
        vectors = (raw - self.mean) / torch.where(self.deviation > 0, self.deviation, 1.0)
        return Query(heard, vectors.flatten()[None], heard)

    def hear(self, samples: Sequence[Samples]) -> Words:
        """The nearest of the words that may stand in each place."""
        heard = []
        for word, allowed in zip(samples, POSITIONS[self.dataset], strict=True):
            distances = self.listener.distances(word)
            heard.append(min(allowed, key=lambda name: distances[VOCABULARY.index(name)]))
        return tuple(heard)

    @cached_property
    def listener(self) -> "Listener":
        """Made for the first recording, as it needs torchaudio."""
        from crossmodal.inference.mapping.hearing import Listener

        threshold = self.settings.silence_threshold
        pairs = zip(self.recordings, VOCABULARY, strict=True)
        trimmed = [trim_silence(recording, threshold, word) for recording, word in pairs]
        return Listener(trimmed, self.settings.sample_rate)

    def say(self, words: Words, to: Modality, **known: Any) -> Result:
        """A result in words or speech; `known`: what else the result says."""
        if to == "speech":
            rate = self.settings.sample_rate
            parts = [self.recordings[VOCABULARY.index(word)] for word in words]
            known |= {"samples": speech.join_words(parts, rate), "rate": rate}
        return Result(target=to, words=words, seen_in_training=self.is_seen(words), **known)

    def show(self, query: Query, source: Modality, image: Tensor) -> Result:
        """A result as an image; `image`: float32 [1, C, H, W] in [0, 1]."""
        self.check_finite(image)
        pixels = to_picture((image[0] * 255).round().to(torch.uint8))
        seen = self.is_seen(query.words)
        return Result(source, "image", query.words, seen, query.heard, pixels)


def are_pairs(value: Any) -> bool:
    """Whether `value` is a list of digit pairs."""
    return isinstance(value, list) and all(pair in PAIRS for pair in value)


def to_picture(image: Tensor) -> Pixels:
    """uint8 [C, H, W] -> [H, W] or [H, W, 3]."""
    return image[0].numpy() if len(image) == 1 else image.permute(1, 2, 0).contiguous().numpy()
