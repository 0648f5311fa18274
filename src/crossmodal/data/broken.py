"""Broken inputs of a data set: counted by kind, named, and skipped up to a limit."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from crossmodal.errors import DataError, one_line
from crossmodal.files import read_json, remove, write_json

Kind = Literal[
    "malformed image entry",
    "missing image",
    "undecodable image",
    "huge image",
    "image without captions",
    "malformed annotation",
    "caption of no image",
    "malformed row",
    "missing wav",
    "undecodable wav",
    "truncated wav",
    "clip too long",
    "clip too short",
    "silent clip",
    "unknown characters",
    "no words",
]
# What a data set lists, each of which may be broken.
Input = Literal["images", "captions", "rows"]
SHOWN = 200  # characters of an example; all are in the report


class BrokenInput(Exception):
    """One input that cannot be used; who reads the others catches it."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class BrokenInputs:
    """What was skipped, and how much may be."""

    def __init__(self, limit: float, parameter: str) -> None:
        """`limit`: a whole number of inputs, or below 1 a share of each sort of them.

        `parameter`: the name of the limit, for the message.
        """
        self.limit = limit
        self.parameter = parameter
        self.listed: Counter[Input] = Counter()
        self.found: list[dict[str, str]] = []

    def add(self, sort: Input, kind: Kind, name: str, reason: str = "") -> None:
        """Note one broken input."""
        self.found.append({"input": sort, "kind": kind, "name": name, "reason": reason})

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return count_kinds(self.found)

    def describe(self) -> str:
        """What was skipped, in one line."""
        return "; ".join(describe_kinds(self.found))

    def write(self, path: Path) -> None:
        """Write the counts and every broken input as JSON."""
        write_json(path, {"counts": self.counts, "skipped": self.found})

    @contextmanager
    def reported(self, path: Path) -> Iterator[None]:
        """Where what follows fails, leave what was found in `path`; else nothing is there."""
        remove(path)
        try:
            yield
        except Exception:
            if self.found:
                # A full disk has been told of already.
                with suppress(OSError):
                    self.write(path)
            raise

    def check(self, report: Path) -> None:
        """To be called inside of `reported(report)`.

        Raises:
            DataError: there are more than the limit allows.
        """
        excess = self.find_excess()
        if excess:
            raise self.explain(f"{excess}, {self.parameter} allows {self.limit}", report)

    def explain(self, wrong: str, report: Path) -> DataError:
        """An error with the reasons why inputs are missing, for inside of `reported(report)`."""
        reasons = f"; skipped: {self.describe()}; all are in {report}" if self.found else ""
        return DataError(f"{wrong}{reasons}")

    def find_excess(self) -> str:
        """How many are broken where that is more than the limit; "" where it is not."""
        if self.limit >= 1 or not self.limit:
            return f"{len(self.found)} broken inputs" if len(self.found) > self.limit else ""
        broken = Counter(entry["input"] for entry in self.found)
        for sort, count in self.listed.items():
            if broken[sort] > self.limit * count:
                return f"{broken[sort]} of {count} {sort} are broken"
        return ""


def count_kinds(found: list[dict[str, str]]) -> dict[str, int]:
    """How many there are of each kind, in order of their names."""
    return dict(sorted(Counter(entry["kind"] for entry in found).items()))


def describe_kinds(found: list[dict[str, str]]) -> list[str]:
    """A line for each kind: how many there are, and the first with its reason."""
    first = {entry["kind"]: entry for entry in reversed(found)}
    lines = []
    for kind, count in count_kinds(found).items():
        name, reason = first[kind]["name"], first[kind]["reason"]
        example = one_line(f"{name} ({reason})" if reason else name)
        cut = example if len(example) <= SHOWN else f"{example[:SHOWN]}..."
        lines.append(f"{count} x {kind}, such as {cut}")
    return lines


def summarize(report: Path) -> str:
    """What a stage has skipped, a line for each kind; "" where all was used.

    Raises:
        DataError: the report is missing or is not JSON.
    """
    found = read_json(report)["skipped"]
    lines = [f"broken inputs skipped: {len(found)}, all are in {report}", *describe_kinds(found)]
    return "\n  ".join(lines) if found else ""
