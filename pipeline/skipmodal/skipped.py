"""What a stage has skipped of a person's data, told on the terminal."""

import sys
from pathlib import Path

from crossmodal.data.broken import summarize
from crossmodal.data.skipmodal.pairs import BROKEN


def tell(stage: str, line: str) -> None:
    """A line for the terminal, with the stage that says it."""
    print(f"{stage}: {line}", file=sys.stderr)


def tell_skipped(stage: str, folder: Path) -> None:
    """A line for each kind of input that was skipped; nothing where all was used.

    Raises:
        DataError: the list in `folder` is missing or is not JSON.
    """
    skipped = summarize(folder / BROKEN)
    if skipped:
        tell(stage, skipped)
