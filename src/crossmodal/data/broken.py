"""Broken inputs of a data set: counted by kind, named, and skipped up to a limit."""

from collections import Counter
from pathlib import Path
from typing import Literal

from crossmodal.errors import DataError
from crossmodal.files import write_json

Kind = Literal[
    "malformed annotation",
    "missing image",
    "undecodable image",
    "huge image",
    "image without captions",
    "malformed row",
    "missing wav",
    "undecodable wav",
    "clip too long",
    "clip too short",
    "silent clip",
    "unknown characters",
    "no text",
]
NAMED = 3  # inputs in the message; all are in the report


class BrokenInput(Exception):
    """One input that cannot be used; who reads the others catches it."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class BrokenInputs:
    """What was skipped, and how much may be."""

    def __init__(self, limit: int, parameter: str) -> None:
        """`parameter`: the name of the limit, for the message."""
        self.limit = limit
        self.parameter = parameter
        self.found: list[dict[str, str]] = []

    def add(self, kind: Kind, name: str, reason: str = "") -> None:
        """Note one broken input."""
        self.found.append({"kind": kind, "name": name, "reason": reason})

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return dict(sorted(Counter(entry["kind"] for entry in self.found).items()))

    def describe(self) -> str:
        """The counts and the first few names of each kind, in one line."""
        parts = []
        for kind, count in self.counts.items():
            names = [entry["name"] for entry in self.found if entry["kind"] == kind]
            more = ", ..." if count > NAMED else ""
            parts.append(f"{count} x {kind} ({', '.join(names[:NAMED])}{more})")
        return "; ".join(parts) or "none"

    def write(self, path: Path) -> None:
        """Write the counts and every broken input as JSON."""
        write_json(path, {"counts": self.counts, "skipped": self.found})

    def check(self, report: Path) -> None:
        """Where there are more than the limit, write all of them to `report`.

        Raises:
            DataError: there are more.
        """
        if len(self.found) > self.limit:
            self.write(report)
            raise DataError(
                f"{len(self.found)} broken inputs, {self.parameter} allows {self.limit}: "
                f"{self.describe()}; all are in {report}"
            )
