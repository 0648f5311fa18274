"""What every family of trained models can do."""

from abc import ABC, abstractmethod
from itertools import permutations
from typing import TYPE_CHECKING

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import Description
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Modality, Source

if TYPE_CHECKING:
    from torch import Tensor

Direction = tuple[Modality, Modality]
# Here, so that models can be listed without loading torch.
DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "embedding-mapping": tuple(permutations(("text", "speech", "image"), 2)),
    "direct": (("text", "image"), ("speech", "image")),
    "skip-modal": tuple(permutations(("text", "speech", "image"), 2)),
}
# The share of pictures that are not black, below which a model is not said to draw.
BRIGHT = 0.5


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
            as_heard: of paper A's models, whether the recordings of the training stand in for a
                person's, word by nearest word; else the embedding of the person's own recording
                is used. With recordings of three men 60 % of digit pairs come out right as heard,
                1 % else.

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

    def check_finite(self, computed: "Tensor") -> None:
        """Raises DataError where a value is infinite or not a number: it would be no answer."""
        if not computed.isfinite().all():
            name = self.description.name
            raise DataError(f"{name} computes values that are no numbers; take another model")


def find_directions(description: Description) -> tuple[Direction, ...]:
    """What the described model can do; raises DataError where this version has no such family.

    One whose pictures were measured and found black is not said to draw.
    """
    family = description.take("family", DIRECTIONS.__contains__, ", ".join(DIRECTIONS))
    known, measured = DIRECTIONS[family], description.values.get("metrics")
    for name in ("test", "text_to_image", "bright"):
        measured = measured.get(name) if isinstance(measured, dict) else None
    if isinstance(measured, int | float) and measured < BRIGHT:
        return tuple(pair for pair in known if pair[1] != "image")
    return known
