"""A retrained candidate beside the models in use: what changed, what moved, what got worse."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prefect.artifacts import create_markdown_artifact

from crossmodal.config.retrain import Guard
from flows import lockfile
from flows.artifacts import compare, flatten
from flows.tables import format_markdown
from flows.workspace import Workspace
from pipeline.git import run_git

SHORT = 9  # characters of a commit's name


@dataclass(frozen=True)
class Verdict:
    """Two revisions and their metrics by `file: name`.

    in_use: "" where nothing is in use yet. commits: subjects of what was committed since. inputs: a
    person's own files and folders that changed since. worse: a sentence for each guarded metric
    that is gone, or worse by more than its tolerance.
    """

    candidate: str
    in_use: str
    commits: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    worse: tuple[str, ...] = ()

    @property
    def causes(self) -> str:
        """What is new since the models in use were made."""
        if not self.in_use:
            return "nothing is in use yet"
        said = [f"input {path}" for path in self.inputs]
        said += (
            [f"{len(self.commits)} new commits, the last: {self.commits[0]}"]
            if self.commits
            else []
        )
        return "; ".join(said) or "neither code, parameters nor inputs"


def judge(project: Workspace, guards: tuple[Guard, ...], in_use: str, candidate: str) -> Verdict:
    """Compare two revisions; `in_use` is "" where nothing is in use yet.

    Raises:
        UserError: Git or DVC refuses.
    """
    if not in_use:
        return Verdict(candidate, in_use)
    before, after = diff_metrics(project, in_use, candidate)
    # Retraining's own commits hold results, no causes.
    ask = ("log", "--format=%s", "--invert-grep", "--grep=^Retrain ", f"{in_use}..{candidate}")
    return Verdict(
        candidate,
        in_use,
        tuple(run_git(project.folder, *ask).splitlines()),
        tuple(find_changed_inputs(project, in_use, candidate)),
        before,
        after,
        tuple(find_worse(guards, before, after)),
    )


def publish(verdict: Verdict, guards: tuple[Guard, ...], revision: str, branch: str) -> None:
    """Five lines for whoever comes in the morning, and every metric that moved, as an artifact."""
    rows = list(compare(verdict.before, verdict.after))
    new, old = verdict.candidate[:SHORT], verdict.in_use[:SHORT]
    lines = {
        "Retrained": f"{revision}, as {new}",
        "Why": verdict.causes,
        "Headline": "; ".join(find_headline(guards, verdict)) or "no guarded metric moved",
        "Guards": "; ".join(verdict.worse) or "nothing guarded is worse",
        "In use": f"no, {branch} stays at {old}"
        if verdict.worse
        else f"yes, {branch} is now {new}",
    }
    told = "\n".join(f"- **{name}:** {text}" for name, text in lines.items())
    table = format_markdown(rows) if rows else "No metric differs."
    text = f"## {old or 'nothing'} -> {new}\n\n{told}\n\n{table}\n"
    create_markdown_artifact(text, key="retrain-diff", description="Retrained against in use")


def find_headline(guards: tuple[Guard, ...], verdict: Verdict) -> Iterator[str]:
    """For each guard its metric that moved the most."""
    for guard in guards:
        moved = {
            name: verdict.after[name] - old
            for name, old in verdict.before.items()
            if is_called(name, guard.metric) and verdict.after.get(name, old) != old
        }
        if moved:
            name = max(moved, key=lambda each: abs(moved[each]))
            yield f"{name} {verdict.before[name]:g} -> {verdict.after[name]:g}"


def find_changed_inputs(project: Workspace, old: str, new: str) -> list[str]:
    """A person's own files and folders that the two revisions were not made from alike."""
    before, after = (
        lockfile.find_own_inputs(run_git(project.folder, "show", f"{revision}:./dvc.lock"))
        for revision in (old, new)
    )
    return sorted(path for path in before | after if before.get(path) != after.get(path))


def diff_metrics(
    project: Workspace, old: str, new: str
) -> tuple[dict[str, float], dict[str, float]]:
    """All metrics of two revisions by `file: name`, as `dvc metrics diff` reads them."""
    said = json.loads(project.dvc("metrics", "diff", "--all", "--json", old, new) or "{}")
    sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for file, values in said.items():
        for name, value in values.items():
            for side, key in zip(sides, ("old", "new"), strict=True):
                side.update({f"{file}: {n}": v for n, v in flatten(value.get(key), name)})
    return sides


def find_worse(
    guards: tuple[Guard, ...], before: dict[str, float], after: dict[str, float]
) -> list[str]:
    """A sentence for each guarded metric that is gone, or worse by more than its tolerance."""
    worse = []
    for guard in guards:
        guarded = [key for key in before if is_called(key, guard.metric)]
        if not guarded:
            worse.append(f"what is in use has no metric {guard.metric}: mend retrain.guards")
        for name in guarded:
            old, new = before[name], after.get(name)
            if new is None:
                worse.append(f"{name} is gone")
                continue
            loss = old - new if guard.better == "higher" else new - old
            if loss > guard.tolerance:
                worse.append(f"{name} {old:g} -> {new:g} (tolerance {guard.tolerance:g})")
    return worse


def is_called(key: str, metric: str) -> bool:
    """Whether `file: a.b.c` is the metric `c`, `b.c` or `a.b.c`."""
    return key.endswith((f": {metric}", f".{metric}"))
