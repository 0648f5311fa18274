"""What the page asks for: everything that a model makes of one source, and things to try.

Legend: H, W a picture's height and width.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from crossmodal.data.mapping.classes import DATASETS
from crossmodal.demo.uploads import read_upload, without_folder
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference import (
    Item,
    Modality,
    Model,
    Recording,
    Result,
    Source,
    load,
)
from crossmodal.inference.bundles import read_models
from crossmodal.inference.mapping.digits import DigitModel, to_picture
from crossmodal.inference.mapping.direct import Direct
from crossmodal.inference.mapping.embedding_mapping import EmbeddingMapping
from crossmodal.inference.mapping.segmentation import prepare_picture
from crossmodal.inference.mapping.words import POSITIONS, Words, parse_words
from crossmodal.inference.pictures import Pixels, read_picture
from crossmodal.inference.recordings import Samples

NEAREST = 6
FAMILIES = (EmbeddingMapping.family, Direct.family)
EXAMPLES = 6  # pictures of each kind: never seen in training, and seen
Known = TypeVar("Known", bound=Model)


@dataclass(frozen=True)
class Answer:
    """What a model makes of one source.

    results: by target modality, one for each direction that the model knows from there.
    nearest: training images nearest to the source, nearest first; none where it cannot search.
    picture: the generated image, else the given one as the model sees it, [H, W] or [H, W, 3].
    sound: the given recording, else the generated one; what a listener may be asked about.
    shown: what a picture of the gallery really shows.
    """

    source: Modality
    results: dict[Modality, Result]
    nearest: list[Item]
    picture: Pixels | None = None
    sound: Recording | None = None
    shown: Words | None = None

    @property
    def main(self) -> Result:
        """The result whose words stand for the source: as asked, as heard, or as read."""
        return self.results.get("image") or self.results["text"]


class Asked(ABC):
    """What a page can be asked for: the models of either paper, by name."""

    @abstractmethod
    def answer(self, name: str, kind: Modality, source: Source) -> Answer:
        """All that a model makes of a source; raises ParameterError or DataError."""

    @abstractmethod
    def from_example(self, name: str, index: int, seen: bool) -> Answer:
        """All that a model makes of one of its real pictures."""

    def from_words(self, name: str, text: str) -> Answer:
        """All that a model makes of a text; raises ParameterError."""
        return self.answer(name, "text", text)

    def from_recording(self, name: str, path: Path | None) -> Answer:
        """All that a model makes of a file as a browser gives it; raises DataError."""
        if path is None:
            raise DataError("there is no recording yet: record one, upload one, or take an example")
        return self.answer(name, "speech", read_upload(path))

    def from_picture(self, name: str, path: Path | None) -> Answer:
        """All that a model makes of a PNG or JPEG; raises DataError."""
        return self.answer(name, "image", read_picture_upload(path))


class Studio(Asked):
    """The trained models of paper A in a folder, by name.

    datasets: data set -> the names of its models.
    """

    def __init__(self, folder: Path) -> None:
        """Raises ParameterError where there is no model, DataError where one is damaged."""
        self.models = {
            name: load_digits(known.path.parent)
            for name, known in read_models(folder).known.items()
            if known.family in FAMILIES
        }
        self.datasets: dict[str, list[str]] = {}
        for dataset in DATASETS:
            names = [name for name, model in self.models.items() if model.dataset == dataset]
            if names:
                self.datasets[dataset] = names

    def model(self, name: str) -> DigitModel:
        """The model called `name`; raises ParameterError."""
        return require(self.models, name)

    def from_voice(self, name: str, text: str) -> Answer:
        """All that a model makes of words as the voice of the training says them."""
        return self.answer(name, "speech", self.speak(name, text))

    def from_example(self, name: str, index: int, seen: bool) -> Answer:
        """All that a model makes of one of its `gallery`."""
        item = self.gallery(name, seen)[index]
        return self.answer(name, "image", item.image, item.words)

    def answer(
        self, name: str, kind: Modality, source: Source, shown: Words | None = None
    ) -> Answer:
        """One result for each direction, and what is near; raises ParameterError or DataError."""
        model = self.model(name)
        targets = [target for start, target in model.directions if start == kind]
        if not targets:
            known = " and ".join(f"{a} to {b}" for a, b in model.directions)
            raise ParameterError(f"{name} knows only the way from {known}; take another model")
        results = {target: model.generate(source, target) for target in targets}
        picture = results["image"].image if "image" in results else None
        if kind == "image":
            assert isinstance(source, np.ndarray)
            picture = to_picture(torch.from_numpy(prepare_picture(source, model.shape[0])))
        sound = source if isinstance(source, Recording) else recording_of(results.get("speech"))
        return Answer(kind, results, find_nearest(model, source), picture, sound, shown)

    def gallery(self, name: str, seen: bool) -> list[Item]:
        """Real pictures to try, of classes that the training has, or has not, seen."""
        model = self.model(name)
        if not isinstance(model, EmbeddingMapping):
            return []
        classes = spread(self.combinations(name, seen), EXAMPLES)
        rows = [(model.labels == model.classes[words].index).nonzero() for words in classes]
        return [model.item(int(found[0]), 0.0) for found in rows if len(found)]

    def speak(self, name: str, text: str) -> Recording:
        """Words as the voice of the training says them; raises ParameterError."""
        model = self.model(name)
        words = parse_words(text, model.dataset)
        spoken = recording_of(model.say(words, "speech", source="text"))
        assert spoken is not None
        return spoken

    def combinations(self, name: str, seen: bool) -> list[Words]:
        """The words of all classes whose images the training has, or has not, seen."""
        model = self.model(name)
        return [words for words in model.classes if model.is_seen(words) == seen]

    def positions(self, name: str) -> tuple[Words, ...]:
        """Which words may stand in each place."""
        return POSITIONS[self.model(name).dataset]


def require(models: Mapping[str, Known], name: str) -> Known:
    """The model called `name`; raises ParameterError."""
    if name not in models:
        raise ParameterError(f"{name!r} is no model; allowed: {', '.join(models)}")
    return models[name]


def read_picture_upload(path: Path | None) -> Pixels:
    """The pixels of a file that a browser gave; raises DataError."""
    if path is None:
        raise DataError("there is no picture yet: upload one, or pick one below")
    with without_folder(path):
        return read_picture(path)


def load_digits(path: Path) -> DigitModel:
    """The model of a bundle of paper A; raises DataError where it is damaged."""
    model = load(path)
    assert isinstance(model, DigitModel)
    hear_once(model)
    return model


def hear_once(model: DigitModel) -> None:
    """Remember the words of the last recording, for which each result of an answer asks anew."""
    hear = model.hear

    @lru_cache(maxsize=1)
    def remember(samples: tuple[bytes, ...]) -> Words:
        return hear([np.frombuffer(word, np.float32) for word in samples])

    def hear_or_remember(samples: Sequence[Samples]) -> Words:
        return remember(tuple(word.tobytes() for word in samples))

    model.hear = hear_or_remember  # type: ignore[method-assign]


def find_nearest(model: DigitModel, source: Source) -> list[Item]:
    """The nearest images of the training; none where there is nothing to search in."""
    found: list[Item] = []
    size = model.description.values.get("gallery", 0)
    # Held-out images may come first; few are, so that the whole gallery is seldom gone through.
    for count in (min(size, 8 * NEAREST), size):
        if len(found) < min(NEAREST, count):
            items = model.retrieve(source, count)
            found = [item for item in items if item.split == "train"]
    return found[:NEAREST]


def recording_of(result: Result | None) -> Recording | None:
    """The sound of a result, where it has one."""
    if result is None or result.samples is None or result.rate is None:
        return None
    return Recording(result.samples, result.rate)


def spread(values: Sequence[Words], count: int) -> list[Words]:
    """`count` of the values, from all over them; all where there are fewer."""
    count = min(count, len(values))
    # One more than an even step: the colours of a class repeat after nine classes.
    return [values[number * (len(values) // count + 1) % len(values)] for number in range(count)]
