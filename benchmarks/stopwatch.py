"""Where time goes: seconds by part, an inner part's not counted for the outer one."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

REST = "rest"
Watched = tuple[Any, str, str]


class Stopwatch:
    """Runs from the start of `run` to its end; what is in no part is the rest."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.parts: list[str] = []
        self.since = 0.0

    @contextmanager
    def run(self, watched: list[Watched]) -> Iterator[None]:
        """Time what is done inside.

        Args:
            watched: functions, each as its owner, its name there, and the part that it belongs to.
        """
        with ExitStack() as stack:
            for owner, name, part in watched:
                timed = self.watch(getattr(owner, name), part)
                stack.enter_context(patch.object(owner, name, timed))
            with self.part(REST, first=True):
                yield

    def watch(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """The same function, timed."""

        def timed(*arguments: Any, **options: Any) -> Any:
            with self.part(part):
                return function(*arguments, **options)

        return timed

    @contextmanager
    def part(self, name: str, first: bool = False) -> Iterator[None]:
        """Time what is done inside as one part."""
        if not first:
            self.charge()
        self.since = self.clock()
        self.parts.append(name)
        try:
            yield
        finally:
            self.charge()
            self.parts.pop()

    def charge(self) -> None:
        """Give the time since the last change to the part that was open."""
        now = self.clock()
        if self.parts:
            self.seconds[self.parts[-1]] += now - self.since
        self.since = now

    @property
    def total(self) -> float:
        """All seconds."""
        return sum(self.seconds.values())

    def share(self, part: str) -> float:
        """A part's share of them."""
        return self.seconds.get(part, 0.0) / self.total
