"""What the families of paper A share: two digits, plain or coloured, and the words for them.

Legend: K classes of a data set, W words of a class, E dimensions of a word's embedding, V = 13
words in all, T samples of a word's recording.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from crossmodal.data.audio import trim_silence
from crossmodal.data.classes import DATASETS, VOCABULARY, DatasetName, ImageClass
from crossmodal.data.digits import CHANNELS, HEIGHT, WIDTH
from crossmodal.inference import speech
from crossmodal.inference.bundle import Bundle, Sizes
from crossmodal.inference.description import Description
from crossmodal.inference.model import Model
from crossmodal.inference.results import Result
from crossmodal.inference.sources import Content, Modality
from crossmodal.inference.words import POSITIONS, index_classes, parse_words

if TYPE_CHECKING:
    from crossmodal.inference.hearing import Listener

WORD_MODALITIES: tuple[Modality, ...] = ("text", "speech")
PAIRS = frozenset(f"{number:02}" for number in range(100))
HELD_OUT = "a list of digit pairs such as '07'"


@dataclass(frozen=True)
class Query:
    """Words that were given or `heard`, and their embedding float32 [1, W * E]."""

    words: tuple[str, ...]
    vector: Tensor
    heard: tuple[str, ...] | None = None


class DigitModel(Model):
    """Words, recordings and classes of a bundle.

    words: modality -> standardised embeddings of the vocabulary, float32 [V, E].
    sources: modality -> embeddings of all classes, float32 [K, W * E].
    """

    def __init__(self, bundle: Bundle) -> None:
        """Raises DataError where description and tensors disagree."""
        known = self.description = bundle.description
        known.take("vocabulary", lambda x: x == list(VOCABULARY), "the vocabulary of this version")
        self.dataset: DatasetName = known.take("dataset", DATASETS.__contains__, str(DATASETS))
        self.held_out: list[str] = known.take(
            "held_out", lambda x: isinstance(x, list) and all(pair in PAIRS for pair in x), HELD_OUT
        )
        self.settings = speech.read_settings(known)
        self.shape = (CHANNELS[self.dataset], HEIGHT, WIDTH)
        self.classes = index_classes(self.dataset)
        self.word_sizes = {
            "text": known.integer("word_size", 1, 1000),
            "speech": self.settings.coefficients,
        }
        bundle.check({**self.word_tensors(), **self.network_tensors(known)})
        self.words = {name: bundle.tensors[f"words.{name}"] for name in self.word_sizes}
        self.mean = bundle.tensors["words.speech.mean"]
        self.deviation = bundle.tensors["words.speech.deviation"]
        self.recordings = bundle.tensors["recordings"].numpy().astype(np.float32) / 2**15
        self.sources = {
            name: torch.stack([self.embed(name, words) for words in self.classes])
            for name in self.word_sizes
        }

    def word_tensors(self) -> Sizes:
        """What a bundle must hold of words and recordings."""
        sizes = {"recordings": (torch.int16, (len(VOCABULARY), self.settings.length))}
        for name, size in self.word_sizes.items():
            sizes[f"words.{name}"] = (torch.float32, (len(VOCABULARY), size))
            sizes[f"words.{name}.mean"] = (torch.float32, (size,))
            sizes[f"words.{name}.deviation"] = (torch.float32, (size,))
        return sizes

    def network_tensors(self, known: Description) -> Sizes:
        """What a bundle must hold besides; raises DataError where the description is wrong."""
        raise NotImplementedError

    @property
    def word_count(self) -> int:
        """W: 2 for double, 4 for colored."""
        return len(POSITIONS[self.dataset])

    def is_seen(self, words: tuple[str, ...]) -> bool:
        """Whether the training had images of this class."""
        left, right = self.classes[words].digits
        return f"{left}{right}" not in self.held_out

    def embed(self, modality: str, words: tuple[str, ...]) -> Tensor:
        """The embedding of words, float32 [W * E]."""
        return self.words[modality][[VOCABULARY.index(word) for word in words]].flatten()

    def understand(self, modality: Modality, content: Content, as_heard: bool) -> Query:
        """Words or recordings as a query; raises ParameterError or DataError."""
        if modality == "text":
            assert isinstance(content, str)
            words = parse_words(content, self.dataset)
            return Query(words, self.embed("text", words)[None])
        assert isinstance(content, tuple)
        samples = speech.prepare_words(content, self.word_count, self.settings)
        heard = self.hear(samples)
        if as_heard:
            return Query(heard, self.embed("speech", heard)[None], heard)
        raw = torch.from_numpy(np.stack([speech.embed_word(s, self.settings) for s in samples]))
        vectors = (raw - self.mean) / torch.where(self.deviation > 0, self.deviation, 1.0)
        return Query(heard, vectors.flatten()[None], heard)

    def hear(self, samples: Sequence[speech.Samples]) -> tuple[str, ...]:
        """The nearest of the words that may stand in each place."""
        heard = []
        for word, allowed in zip(samples, POSITIONS[self.dataset], strict=True):
            distances = self.listener.distances(word)
            heard.append(min(allowed, key=lambda name: distances[VOCABULARY.index(name)]))
        return tuple(heard)

    @cached_property
    def listener(self) -> "Listener":
        """Made for the first recording, as it needs librosa."""
        from crossmodal.inference.hearing import Listener

        threshold, rate = self.settings.silence_threshold, self.settings.sample_rate
        trimmed = [
            trim_silence(recording, threshold, word)
            for recording, word in zip(self.recordings, VOCABULARY, strict=True)
        ]
        return Listener(trimmed, rate)

    def say(self, query: Query | None, source: Modality, to: Modality, words: ImageClass) -> Result:
        """A result in words or speech."""
        heard = query.heard if query else None
        seen = self.is_seen(words.words)
        if to == "text":
            return Result(source, to, words.words, seen, heard)
        parts = [self.recordings[VOCABULARY.index(word)] for word in words.words]
        rate = self.settings.sample_rate
        samples = speech.join_words(parts, rate)
        return Result(source, to, words.words, seen, heard, samples=samples, rate=rate)

    def show(self, query: Query, source: Modality, image: Tensor) -> Result:
        """A result as an image; `image`: float32 [1, C, H, W] in [0, 1]."""
        pixels = to_picture((image[0] * 255).round().to(torch.uint8))
        seen = self.is_seen(query.words)
        return Result(source, "image", query.words, seen, query.heard, image=pixels)


def to_picture(image: Tensor) -> np.ndarray:
    """uint8 [C, H, W] -> [H, W] or [H, W, 3]."""
    return image[0].numpy() if len(image) == 1 else image.permute(1, 2, 0).contiguous().numpy()
