"""Which of two comes first."""

from collections.abc import Iterator
from itertools import combinations


def order_pairs(values: dict[str, float]) -> Iterator[tuple[str, str]]:
    """Every (better, worse) pair of models."""
    for first, second in combinations(values, 2):
        if values[first] != values[second]:
            yield (first, second) if values[first] > values[second] else (second, first)
