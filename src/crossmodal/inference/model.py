"""What every family of trained models can do, and how one is loaded."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import Description, read_description, shorten
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Modality, Source

if TYPE_CHECKING:
    from crossmodal.inference.bundle import Bundle

Direction = tuple[Modality, Modality]


class Model(ABC):
    """A trained model of any family.

    description: what `model.json` says. directions: the (source, target) pairs it knows.
    """

    description: Description
    directions: tuple[Direction, ...]

    @abstractmethod
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """Say or show `source` in another modality.

        Args:
            source: words as text, a Path or Paths of recordings or of a picture, `Recording`s, or
                pixels.
            to: text, speech or image.
            as_heard: whether the recordings of the training stand in for a person's, word by
                nearest word; else the embedding of the person's own recording is used.

        Raises:
            ParameterError: a direction or words that the model does not know.
            DataError: a file that cannot be used; the message says what can.
        """

    @abstractmethod
    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """The `count` images of the gallery nearest to `source`, nearest first.

        Raises:
            ParameterError: the model has no common latent space, or `count` is out of range.
            DataError: a file that cannot be used.
        """

    def check_direction(self, source: str, target: str) -> None:
        """Raises ParameterError where `directions` has no such pair."""
        if (source, target) not in self.directions:
            known = ", ".join(f"{a} to {b}" for a, b in self.directions)
            name = self.description.name
            raise ParameterError(f"{name} knows no way from {source} to {target}; allowed: {known}")


def load(folder: Path | str) -> Model:
    """The model in a bundle's folder, checked as a whole.

    Raises:
        DataError: missing, damaged, altered, or of an unknown format or family.
    """
    description = read_description(Path(folder))
    # Only here is torch needed.
    from crossmodal.inference.bundle import read_bundle
    from crossmodal.inference.direct import Direct
    from crossmodal.inference.embedding_mapping import EmbeddingMapping

    families = {family.family: family for family in (EmbeddingMapping, Direct)}
    if description.family not in families:
        raise DataError(
            f"{description.path}: family {shorten(description.family)}; this version knows "
            f"{', '.join(families)}"
        )
    bundle: Bundle = read_bundle(Path(folder))
    return families[description.family](bundle)
