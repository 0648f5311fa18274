"""What retrieval finds, as lists to read: the paper shows such lists as pictures (figure 8)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from crossmodal.evaluate.skipmodal.retrieval import Direction, nearest
from crossmodal.report.tables import markdown_table

FOUND = 3


def list_found(ways: Iterable[Direction], words: Mapping[str, Sequence[str]], queries: int) -> str:
    """A Markdown table for each direction: queries and the three nearest, right ones ticked.

    Args:
        words: what each item says or shows, [N], by the directions' source and target.
        queries: how many are shown; the first that have an answer, then the first of the others.
    """
    parts = [(way.name.replace("_", " "), list_direction(way, words, queries)) for way in ways]
    return "\n\n".join(f"**{title}**\n\n{table}" for title, table in sorted(parts))


def list_direction(way: Direction, words: Mapping[str, Sequence[str]], queries: int) -> str:
    """One direction's table."""
    shown = np.argsort(~way.relevant.any(1), kind="stable")[:queries]
    places = nearest(way.similarity[shown], FOUND)
    rows = []
    for query, found in zip(shown, places, strict=True):
        ticks = [" ✓" if way.relevant[query, place] else "" for place in found]
        named = [words[way.target][place] + t for place, t in zip(found, ticks, strict=True)]
        rows.append([words[way.source][query], *named])
    header = [way.source, *(f"{way.target} {rank + 1}" for rank in range(places.shape[1]))]
    return markdown_table(header, rows)
