"""Figures side by side: several forms of the same work, measured in turn."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

ROUNDS = 3
Form = TypeVar("Form")


def rate(work: Callable[[], int]) -> float:
    """Items a second; `work` returns how many it did."""
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)


def measure_in_turn(
    forms: Mapping[Form, Callable[[], float]], rounds: int = ROUNDS
) -> dict[Form, float]:
    """The median of each, measured A B C A B C, so that a drift of the machine meets all."""
    figures = [{name: measure() for name, measure in forms.items()} for _ in range(rounds)]
    return {name: statistics.median(turn[name] for turn in figures) for name in forms}
