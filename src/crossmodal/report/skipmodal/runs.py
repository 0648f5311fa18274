"""Values of our runs as cells: mean and deviation over the seeds, or why there is none."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.measures import RunMetrics, run_name
from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT, Drawing, Task

Measures = Mapping[str, object]  # of a task: TaskMetrics, or DrawnMetrics
NOT_RUN, NOT_THERE = "not run", "–"
# What variants have beside the paper's form. Each is a switch: NAME is off in "without_NAME" of
# `ours`, or in "mended_without_NAME".
ADDITIONS = {
    "mended": ("normalize", "residual_read", "contrast", "texts_first", "spelling"),
    "ours": (
        "slots",
        "normalize",
        "residual_read",
        "hypotheses",
        "text_first",
        "text_to_text",
        "contrast",
        "freeze_texts",
        "order",
        "brightness",
        "words",
        "spelling",
        "spoken",
        "patches",
        "muon",
    ),
}
# Runs that stand in two tables: the variant of each that is not trained again.
ALIASES = {
    "paper_alternate": "paper",
    "paper_n_k_128": "paper",
    "paper_d_k_256": "paper",
    "mixed": "ours",
    "n_k_128": "ours",
    "d_k_64": "ours",
}


DIGIT_SCENES = "digit scenes"


def part_chains(metrics: Mapping[str, RunMetrics]) -> dict[str, RunMetrics]:
    """The same runs; speech of images by the network's own text stands as a variant of its own.

    What `ours` says so is a run of "ours_via_text", behind its own; so it is with `mended`.
    """
    parted: dict[str, RunMetrics] = {}
    for name, run in metrics.items():
        parted[name] = run
        chained = {s: tasks[VIA_TEXT] for s, tasks in run["splits"].items() if VIA_TEXT in tasks}
        if chained:
            variant = f"{run['variant']}_via_text"
            parted[run_name(variant, run["seed"])] = RunMetrics(
                variant=variant,
                seed=run["seed"],
                data=run["data"],
                splits={split: {"image_to_speech": task} for split, task in chained.items()},
            )
    return parted


@dataclass(frozen=True)
class Runs:
    """All runs, by name; a missing one is no error.

    aliases: variants that are the same as another one, such as {"paper_n_k_128": "paper"}.
    """

    metrics: Mapping[str, RunMetrics]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def of(self, variant: str) -> list[RunMetrics]:
        """The runs of a variant, in the order of their seeds."""
        variant = self.aliases.get(variant, variant)
        runs = [run for run in self.metrics.values() if run["variant"] == variant]
        return sorted(runs, key=lambda run: run["seed"])

    @property
    def data(self) -> str:
        """What our figures are about: DIGIT_SCENES, or a person's own folders."""
        named = {run["data"] for run in self.metrics.values()}
        return DIGIT_SCENES if named <= {DIGIT_SCENES} else "own folders"

    @property
    def variants(self) -> list[str]:
        """All variants that were run, in alphabetic order."""
        return sorted({run["variant"] for run in self.metrics.values()})

    def cell(
        self,
        variant: str,
        split: Split,
        task: Task | Drawing,
        measure: str,
        scale: float = 1,
        digits: int = 2,
    ) -> str:
        """One measure, or one attribute's share by "attributes.KIND", of a variant's runs."""
        measured = self.measured(variant, split, task)
        reasons = {reason for metrics in measured if (reason := find_reason(metrics, measure))}
        values = [look_up(metrics, measure) for metrics in measured]
        return show(values, scale, digits, ", ".join(sorted(reasons)))

    def mean(self, variant: str, split: Split, task: Task | Drawing, measure: str) -> float | None:
        """The mean of a measure over a variant's runs; None where one of them has none."""
        values = [look_up(metrics, measure) for metrics in self.measured(variant, split, task)]
        known = [value for value in values if value is not None and math.isfinite(value)]
        return fmean(known) if known and len(known) == len(values) else None

    def measured(self, variant: str, split: Split, task: Task | Drawing) -> list[Measures]:
        """What was measured of a task, of pictures too, in each run of a variant that has it."""
        found = [tasks_of(run, split).get(task) for run in self.of(variant)]
        return [metrics for metrics in found if metrics is not None]

    def has_retrieval(self, variant: str) -> bool:
        """Whether a variant has vectors in one space."""
        return any(run.get("retrieval") for run in self.of(variant))

    def retrieval(
        self, variant: str, split: Split, direction: str, measure: str, digits: int = 2
    ) -> str:
        """One measure of one direction of retrieval; "–" where a run has no queries for it."""
        found = [run.get("retrieval", {}).get(split, {}) for run in self.of(variant)]
        return show([look_up(ways, f"{direction}.{measure}") for ways in found], digits=digits)


def tasks_of(run: RunMetrics, split: Split) -> dict[str, Measures]:
    """The measures of all tasks of a run on a split, by task."""
    drawn = run.get("drawn", {}).get(split, {})
    return dict([*run["splits"].get(split, {}).items(), *drawn.items()])


def find_reason(metrics: Measures, measure: str) -> str | None:
    """Why a measure is missing; None where that is not told."""
    reasons = metrics.get("reasons")
    return reasons.get(measure) if isinstance(reasons, Mapping) else None


def look_up(values: Mapping[str, object], path: str) -> float | None:
    """A number within nested mappings; None where there is none."""
    inner: object = values
    for key in path.split("."):
        inner = inner.get(key) if isinstance(inner, Mapping) else None
    return float(inner) if isinstance(inner, int | float) else None


def show(
    values: Sequence[float | None], scale: float = 1, digits: int = 2, reason: str = ""
) -> str:
    """Mean ± deviation of the values of several seeds; "not run" of none.

    Where a seed has no number no mean is shown: it would be one over fewer runs than it says.
    """
    if not values:
        return NOT_RUN
    numbers = [value * scale for value in values if value is not None and math.isfinite(value)]
    if len(numbers) < len(values):
        return f"{NOT_THERE} ({reason})" if reason else NOT_THERE
    shown = f"{fmean(numbers):.{digits}f}"
    return shown + (f" ± {stdev(numbers):.{digits}f}" if len(numbers) > 1 else "")


def seeds_of(runs: Runs, variant: str) -> str:
    """How many seeds stand behind a line."""
    return str(len(runs.of(variant))) if runs.of(variant) else NOT_RUN
