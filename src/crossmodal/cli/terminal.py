"""Pictures and text in a terminal.

Legend: H, W a picture's height and width in pixels.
"""

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossmodal.inference.pictures import Pixels

# Both halves of a character's cell dark, upper light, lower light, both light.
BLOCKS, PLAIN = " ▀▄█", " '.#"


def open_closed_streams() -> None:
    """Give a command whose output or messages have nowhere to go something to write to.

    Standard output then refuses what is written, as the closed one would have: nobody is told
    that all is well. Opened at once, they also keep these numbers from a file that is opened next.
    """
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def drop_output() -> None:
    """Let what was not written be forgotten, so that nothing fails again when the program ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def escape(text: str) -> str:
    """`text` as one line without control characters, whatever is in it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def draw(image: "Pixels") -> str:
    """A picture uint8 [H, W] or [H, W, 3] for standard output, two pixels in each character.

    In colour in a terminal; elsewhere, or with NO_COLOR set, in black and white.
    """
    colors = image if image.ndim == 3 else image[..., None].repeat(3, axis=2)
    rows = colors[: len(colors) // 2 * 2].tolist()
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    draw_line = draw_colored if color and encodable(BLOCKS) else draw_plain
    lines = (draw_line(*pair) for pair in zip(rows[::2], rows[1::2], strict=True))
    return "\n".join(lines)


def draw_colored(upper: list[list[int]], lower: list[list[int]]) -> str:
    """Two rows of pixels as one line of upper half blocks, 24-bit colours."""
    cells = [
        "\x1b[38;2;{};{};{};48;2;{};{};{}m▀".format(*above, *below)
        for above, below in zip(upper, lower, strict=True)
    ]
    return "".join(cells) + "\x1b[0m"


def draw_plain(upper: list[list[int]], lower: list[list[int]]) -> str:
    """Two rows of pixels as one line; a pixel is light from half of the brightest on."""
    signs = BLOCKS if encodable(BLOCKS) else PLAIN
    cells = zip(upper, lower, strict=True)
    return "".join(signs[(max(a) >= 128) + 2 * (max(b) >= 128)] for a, b in cells).rstrip()


def encodable(text: str) -> bool:
    """Whether standard output can show `text`."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
