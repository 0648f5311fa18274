"""Texts of other people's data sets, brought to the 66 symbols where that changes no word."""

from crossmodal.data.broken import BrokenInput
from crossmodal.data.skipmodal.symbols import unknown_characters

# Typographic quotes, dashes, the ellipsis and the no-break space, in plain ASCII.
PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
    }
)


def clean_text(text: str) -> str:
    """Plain quotes and dashes, single spaces, none at the ends.

    Raises:
        BrokenInput: nothing is left, or a character is no symbol (digits are none).
    """
    cleaned = " ".join(text.translate(PLAIN).split())
    unknown = unknown_characters(cleaned)
    if unknown:
        raise BrokenInput("unknown characters", f"{unknown!r} in {cleaned!r}")
    if not cleaned:
        raise BrokenInput("no text", "")
    return cleaned
