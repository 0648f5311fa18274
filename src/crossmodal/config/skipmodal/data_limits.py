"""What the data ask of a network: it must be able to write, say and draw all that they hold."""

from math import ceil
from typing import NamedTuple

from crossmodal.errors import ParameterError

MARGIN = 1.25  # what a network may make beyond the longest of the data


class DataLimits(NamedTuple):
    """The extremes of both data sets, over all splits.

    symbols: of the longest text, its end symbol counted. words: most in a text. frames: of the
    longest clip's spectrogram. image_size: pixels of a side.
    """

    symbols: int
    words: int
    frames: int
    image_size: int

    def fit_symbols(self, given: int, name: str) -> int:
        """After how many symbols a text ends; `given` is 0 where the data say it.

        Raises:
            ParameterError: the longest text of the data would be cut.
        """
        check(given, self.symbols, name, "symbols, with the end", "text")
        return given or ceil(MARGIN * self.symbols)

    def fit_steps(self, given: int, per_step: int, name: str) -> int:
        """After how many steps of `per_step` frames speech ends, likewise."""
        check(given, ceil(self.frames / per_step), name, f"steps of {per_step} frames", "clip")
        return given or ceil(MARGIN * self.frames / per_step)

    def fit_channels(self, grid: int, channels: tuple[int, ...]) -> tuple[int, ...]:
        """An image decoder's channels, cut or repeated until it doubles `grid` to the data's side.

        Raises:
            ParameterError: no number of doublings does.
        """
        count = count_doublings(grid, self.image_size) - 1
        return (*channels[:count], *channels[-1:] * (count - len(channels)))


def count_doublings(grid: int, side: int) -> int:
    """How often a grid doubles to a picture's side.

    Raises:
        ParameterError: no number of doublings does.
    """
    count = (side // grid).bit_length() - 1
    if count < 2 or grid * 2**count != side:
        sides = ", ".join(str(grid * 2**n) for n in range(2, 9))
        raise ParameterError(
            f"shard_captions.image_size = {side}: an image decoder that starts from {grid} x "
            f"{grid} (image_decoder.grid) draws pictures of {sides} pixels"
        )
    return count


def check(given: int, needed: int, name: str, unit: str, what: str) -> None:
    """Whether a setting leaves room for the longest of the data."""
    if given and given < needed:
        raise ParameterError(
            f"{name} = {given}, but the longest {what} of the data has {needed} {unit}; "
            "0 lets the data say it"
        )
