"""The classes of paper A: digit pairs, plain or coloured, and the words that name them.

A pair is left * 10 + right. A class of digits without colours is its pair; one of coloured digits
is pair * 9 + left colour * 3 + right colour.
"""

from dataclasses import dataclass

from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.words import DIGIT_WORDS

DatasetName = str  # one of COLORED
# Data set -> whether its digits have colours, which its words then name.
COLORED: dict[DatasetName, bool] = {"double": False, "colored": True}
DATASETS = tuple(COLORED)


@dataclass(frozen=True)
class ImageClass:
    """One class: what its images show and the words that say it."""

    index: int
    digits: tuple[int, int]
    colors: tuple[int, int] | None

    @property
    def pair(self) -> int:
        """The digit pair as a number from 0 to 99."""
        return self.digits[0] * 10 + self.digits[1]

    @property
    def words(self) -> tuple[str, ...]:
        """For instance (seven, five) or (red, seven, blue, five): supplement C."""
        digits = [DIGIT_WORDS[digit] for digit in self.digits]
        if self.colors is None:
            return tuple(digits)
        colors = [COLOR_WORDS[color] for color in self.colors]
        return colors[0], digits[0], colors[1], digits[1]


def all_classes(dataset: DatasetName) -> list[ImageClass]:
    """Every class of a data set in the order of its index: 100, or 900 where it has colours."""
    pairs = [(left, right) for left in range(10) for right in range(10)]
    if not COLORED[dataset]:
        return [ImageClass(index, digits, None) for index, digits in enumerate(pairs)]
    colors = [(left, right) for left in range(3) for right in range(3)]
    combinations = [(digits, color) for digits in pairs for color in colors]
    return [ImageClass(i, digits, color) for i, (digits, color) in enumerate(combinations)]


def split_classes(
    dataset: DatasetName, held_out: tuple[str, ...]
) -> tuple[list[ImageClass], list[ImageClass]]:
    """All classes as (training, held out); `held_out` lists digit pairs such as '07'."""
    pairs = {int(pair) for pair in held_out}
    classes = all_classes(dataset)
    training = [c for c in classes if c.pair not in pairs]
    return training, [c for c in classes if c.pair in pairs]
