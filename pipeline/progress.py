"""Progress bars."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def show_progress(items: Iterable[Item], total: int | None, unit: str) -> Iterator[Item]:
    """Pass items on, with a bar on standard error from the fifth second on."""
    # A live bar in a terminal, ten lines a minute in a log file.
    interval = 0.2 if sys.stderr.isatty() else 6
    yield from tqdm(items, total=total, unit=unit, mininterval=interval, delay=5)
