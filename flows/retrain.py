"""Retrain a revision in a work tree of its own; promote its models if they are no worse.

The models in use are those of a Git branch, `retrain.branch` in params.yaml: its commit holds the
dvc.lock and the metrics, and `dvc get . data/models --rev in-use` fetches the models themselves.
Promotion moves that branch; whatever happens before leaves it as it was.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed, Failed
from pydantic import PositiveInt

from crossmodal.config.retrain import Guard, Retrain
from crossmodal.errors import ParameterError, UserError
from crossmodal.files import write_text
from flows import dvc
from flows.artifacts import compare, flatten
from flows.heal import exclusive
from flows.run_graph import run_workspace
from flows.stage import StageOptions
from flows.tables import format_markdown

WORKTREE = Path(".retrain")
RESULTS = ("dvc.lock", "metrics")
LOCK_TIMEOUT = 5.0
# Promotion commits in the project's name, not in that of whoever happens to run the worker.
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "crossmodal retrain"), ("EMAIL", "retrain@localhost"))
}


@flow(name="retrain", persist_result=False)
def retrain(
    revision: str = "main", targets: list[str] | None = None, workers: PositiveInt | None = None
) -> Any:
    """Run the graph on a revision and promote the result if it is no worse.

    Ends as Promoted, Unchanged or NotPromoted; as Failed only if the graph could not be run.

    Args:
        revision: a Git branch, tag or commit.
        targets: stages or groups of a matrix; default: all.
        workers: stages at once; default: one for each CPU core.
    """
    root = Path.cwd()
    try:
        settings = read_settings(root)
        with exclusive(root, "retrain", LOCK_TIMEOUT):
            worktree = prepare_worktree(root, revision)
            state = run_workspace(worktree, targets or [], workers, StageOptions())
            if not state.is_completed():
                return state
            return decide(root, settings, commit_results(worktree, revision))
    except UserError as error:
        return Failed(message=str(error))


def read_settings(root: Path) -> Retrain:
    """The section `retrain` of the parameters.

    Raises:
        ParameterError: it is missing or not in order.
    """
    values = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    if "retrain" not in values:
        raise ParameterError("params.yaml: the section retrain is missing")
    return Retrain.parse(values["retrain"], "retrain")


def prepare_worktree(root: Path, revision: str) -> Path:
    """The work tree at `revision`, whatever an earlier run left in it; DVC's cache is shared."""
    commit = git(root, "rev-parse", "--verify", f"{revision}^{{commit}}")
    worktree = (root / WORKTREE).resolve()
    git(root, "worktree", "prune")
    if not (worktree / ".git").exists():
        git(root, "worktree", "add", "--force", "--detach", str(worktree), commit)
    git(worktree, "checkout", "--force", "--detach", commit)
    cache = (root / dvc.read(root, "cache", "dir").strip()).resolve()
    write_text(worktree / ".dvc" / "config.local", f"[cache]\n    dir = {cache}\n")
    return worktree


def commit_results(worktree: Path, revision: str) -> str:
    """Commit dvc.lock and metrics, if they differ from the revision's; returns the commit."""
    git(worktree, "add", *(name for name in RESULTS if (worktree / name).exists()))
    if git(worktree, "diff", "--cached", "--name-only"):
        # At the revision's own time: the same results of the same revision are the same commit.
        time = git(worktree, "show", "--no-patch", "--format=%ci", "HEAD")
        message = ["-m", f"Retrain {revision}"]
        git(worktree, "commit", "--no-verify", "--quiet", "--date", time, *message, time=time)
    return git(worktree, "rev-parse", "HEAD")


def decide(root: Path, settings: Retrain, candidate: str) -> Any:
    """Compare with the models in use, publish the comparison, promote or refuse."""
    log, ref = get_run_logger(), f"refs/heads/{settings.branch}"
    in_use = git(root, "for-each-ref", "--format=%(objectname)", ref)
    if in_use == candidate:
        return Completed(name="Unchanged", message=f"{candidate[:9]} is in use already")
    worse: list[str] = []
    if in_use:
        before, after = diff_metrics(root, in_use, candidate)
        worse = find_worse(settings.guards, before, after)
        publish(in_use, candidate, before, after, worse)
    if worse:
        message = f"{candidate[:9]} is worse than {in_use[:9]}: {'; '.join(worse)}"
        log.warning(message)
        return Completed(name="NotPromoted", message=message)
    # Nothing moves if somebody else has moved the branch meanwhile.
    git(root, "update-ref", ref, candidate, in_use or "0" * 40)
    return Completed(name="Promoted", message=f"{settings.branch} is now {candidate[:9]}")


def diff_metrics(root: Path, old: str, new: str) -> tuple[dict[str, float], dict[str, float]]:
    """All metrics of two revisions by `file: name`, as `dvc metrics diff` reads them."""
    said = json.loads(dvc.read(root, "metrics", "diff", "--all", "--json", old, new) or "{}")
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
        for name in (key for key in before if key.endswith(f": {guard.metric}")):
            old, new = before[name], after.get(name)
            if new is None:
                worse.append(f"{name} is gone")
                continue
            loss = old - new if guard.better == "higher" else new - old
            if loss > guard.tolerance:
                worse.append(f"{name} {old:g} -> {new:g} (tolerance {guard.tolerance:g})")
    return worse


def publish(
    old: str, new: str, before: dict[str, float], after: dict[str, float], worse: list[str]
) -> None:
    """The comparison as an artifact."""
    rows = list(compare(before, after))
    table = format_markdown(rows) if rows else "No metric differs."
    verdict = "\n".join(f"- worse: {line}" for line in worse) or "Nothing guarded is worse."
    text = f"## {old[:9]} -> {new[:9]}\n\n{verdict}\n\n{table}\n"
    create_markdown_artifact(text, key="retrain-diff", description="Retrained against in use")


def git(root: Path, *arguments: str, time: str | None = None) -> str:
    """The output of a Git command; `time`: what a commit takes for the present.

    Raises:
        UserError: with what Git said.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        env={**os.environ, **IDENTITY, **({"GIT_COMMITTER_DATE": time} if time else {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise UserError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()
