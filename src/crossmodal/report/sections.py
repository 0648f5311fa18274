"""Sections and cells that both papers' pages have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossmodal.report.page import Section, render

Row = tuple[str, str]


@dataclass(frozen=True)
class ShareCell:
    """A share in percent as text, with the width of its bar; the best of a column are marked."""

    text: str
    width: float  # percent
    best: bool


def make_provenance(groups: Mapping[str, Sequence[Row]], parameters: Sequence[Row]) -> Section:
    """Where the figures come from.

    Args:
        groups: heading -> (name, value) pairs.
        parameters: (name, value) of every parameter.
    """
    body = render("provenance", groups=groups, parameters=parameters)
    return Section("provenance", "Provenance", "Where these figures come from", body)
