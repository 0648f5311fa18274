"""What of paper B does not hold, by rules: targets of `ours`, and the paper's order of lines.

All rules look at figures as the page prints them. Values cannot be compared with the paper's,
which are on other data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.tasks import Drawing, Task
from crossmodal.report.comparison import order_pairs
from crossmodal.report.skipmodal.paper import TABLES, Column, Table
from crossmodal.report.skipmodal.runs import Runs

DIGITS = 3  # of targets, which are shares
MEASURES = {
    "wer": "WER",
    "bleu1": "BLEU-1",
    "attributes.digit": "digits right",
    "attributes.color": "colours right",
}


@dataclass(frozen=True)
class Target:
    """A measure of `ours` and where it is taken; errors are to be low, all else high."""

    split: Split
    task: Task | Drawing
    measure: str
    variant: str = "ours"

    @property
    def label(self) -> str:
        """In a reader's words."""
        kind = MEASURES.get(self.measure, "attributes right")
        seen = ", colours and digits never seen together" if self.split == "binding" else ""
        way = ", through its own text" if self.variant != "ours" else ""
        return f"{self.task.replace('_', ' ')}{way}: {kind}{seen}"


TARGETS = {
    "image_to_speech_wer": Target("test", "image_to_speech", "wer"),
    "image_to_speech_attributes": Target("test", "image_to_speech", "attributes.overall"),
    "via_text_wer": Target("test", "image_to_speech", "wer", "ours_via_text"),
    "via_text_bleu1": Target("test", "image_to_speech", "bleu1", "ours_via_text"),
    "text_to_speech_wer": Target("test", "text_to_speech", "wer"),
    "image_to_text_wer": Target("test", "image_to_text", "wer"),
    "speech_to_text_wer": Target("test", "speech_to_text", "wer"),
    "binding_attributes": Target("binding", "image_to_speech", "attributes.overall"),
    "drawn_digits": Target("test", "text_to_image", "attributes.digit"),
    "drawn_colors": Target("test", "text_to_image", "attributes.color"),
}


@dataclass(frozen=True)
class Judged:
    """A target, our figure and whether it is reached: None where there is no figure."""

    label: str
    bound: str
    ours: str
    reached: bool | None


def judge_targets(runs: Runs, bounds: Mapping[str, float]) -> list[Judged]:
    """Each of TARGETS against its bound, in their order; the mean over the seeds counts."""
    return [judge(runs, target, bounds[name]) for name, target in TARGETS.items()]


def judge(runs: Runs, target: Target, bound: float) -> Judged:
    """One target."""
    place = (target.variant, target.split, target.task, target.measure)
    mean = runs.mean(*place)
    low = target.measure == "wer"
    reached = None
    if mean is not None:
        mean = round(mean, DIGITS)
        reached = mean <= bound if low else mean >= bound
    limit = f"{'≤' if low else '≥'} {bound:g}"
    return Judged(target.label, limit, runs.cell(*place, digits=DIGITS), reached)


@dataclass(frozen=True)
class Swap:
    """Two lines of a table that stand the other way round than in the paper."""

    table: str
    column: str
    better: str  # in the paper
    worse: str
    paper: tuple[float, float]  # better, worse
    ours: tuple[float, float]


def find_swaps(runs: Runs) -> tuple[list[Swap], int]:
    """Swapped pairs of lines, and how many pairs both have; a tie agrees with any order."""
    swaps, count = [], 0
    for table in TABLES:
        for number, column in enumerate(table.columns):
            theirs, ours = figures(table, number, column, runs)
            for better, worse in order_pairs(theirs):
                count += 1
                if ours[better] < ours[worse]:
                    pair = [(abs(side[better]), abs(side[worse])) for side in (theirs, ours)]
                    swaps.append(Swap(table.name, column.label, better, worse, pair[0], pair[1]))
    return swaps, count


def figures(
    table: Table, number: int, column: Column, runs: Runs
) -> tuple[dict[str, float], dict[str, float]]:
    """The paper's and our figures of the lines that have both; errors with a minus."""
    sign = -1 if column.measure == "wer" else 1
    theirs, ours = {}, {}
    for label, figure, variant in list_lines(table, number):
        mean = runs.mean(variant, "test", column.task, column.measure)
        if mean is not None:
            theirs[label], ours[label] = sign * figure, sign * round(mean * column.scale, 2)
    return theirs, ours


def list_lines(table: Table, number: int) -> Iterator[tuple[str, float, str]]:
    """(label, the paper's figure in a column, variant) of the lines that may have both."""
    for row in table.rows:
        figure = row.paper[number] if row.paper else None
        if figure is not None and row.variant:
            yield row.label, figure, row.variant
