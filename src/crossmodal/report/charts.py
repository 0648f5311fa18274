"""Where the marks of a chart stand; the templates draw them as SVG, in the page's own colours.

Positions are in the drawing's units, about a pixel on a phone, x to the right and y down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.ticker import EngFormatter, MaxNLocator

Tick = tuple[float, str]


@dataclass(frozen=True)
class Axis:
    """A linear scale: values from `low` to `high` stand from position `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """The position of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def mark(self, count: int) -> list[Tick]:
        """(position, label) of round values, about `count` of them."""
        # Below a thousand it would write 0.05 as 50 m.
        label = EngFormatter(sep="\N{THIN SPACE}") if self.high >= 1000 else "{:g}".format
        values = MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(self.low, self.high)
        inside = [value for value in values if self.low <= value <= self.high]
        return [(self.place(value), label(value).strip()) for value in inside]


def fit_axis(values: list[float], start: float, end: float) -> Axis:
    """An axis with room for all values and a little more."""
    room = max(0.06 * (max(values) - min(values)), 0.05)
    return Axis(min(values) - room, max(values) + room, start, end)


@dataclass(frozen=True)
class Curve:
    """One model's points (x, y); none where it has none in this panel."""

    model: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class CurvePanel:
    """Learning curves of several models, in one order in all panels."""

    title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    curves: list[Curve]


Points = Sequence[tuple[float, float]]
CURVES_LEFT, CURVES_RIGHT, CURVES_TOP, CURVES_BOTTOM = 44, 350, 20, 196


def lay_out_panel(title: str, curves: Mapping[str, Points]) -> CurvePanel:
    """One panel of MODEL -> (step, value), of which there must be one or more in all."""
    every = [point for points in curves.values() for point in points]
    x = Axis(0, max(step for step, _ in every) * 1.03, CURVES_LEFT, CURVES_RIGHT)
    y = fit_axis([value for _, value in every], CURVES_BOTTOM, CURVES_TOP)
    lines = [
        Curve(model, [(x.place(step), y.place(value)) for step, value in points])
        for model, points in curves.items()
    ]
    return CurvePanel(title, x.mark(5), y.mark(5), lines)
