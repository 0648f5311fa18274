"""Progress bars."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def show_progress(
    items: Iterable[Item], total: int | None, unit: str, tell: Callable[[Item], str] | None = None
) -> Iterator[Item]:
    """Pass items on, with a bar on standard error from the fifth second on.

    Args:
        tell: what stands behind the bar, made from the last item.
    """
    # A live bar in a terminal, ten lines a minute in a log file.
    interval = 0.2 if sys.stderr.isatty() else 6
    bar = tqdm(items, total=total, unit=unit, mininterval=interval, delay=5)
    for item in bar:
        if tell:
            bar.set_postfix_str(tell(item), refresh=False)
        yield item
