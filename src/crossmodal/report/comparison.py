"""How figures are compared: their order, and differences with a sign."""

from collections.abc import Iterator
from itertools import combinations


def order_pairs(values: dict[str, float]) -> Iterator[tuple[str, str]]:
    """Every (better, worse) pair of names; equal values make no pair."""
    for first, second in combinations(values, 2):
        if values[first] != values[second]:
            yield (first, second) if values[first] > values[second] else (second, first)


def format_difference(difference: float) -> str:
    """With its sign, to 0.01."""
    return f"{difference:+.2f}".replace("-", "\N{MINUS SIGN}")
