"""Retrain a revision in a work tree of its own; promote its models if they are no worse.

The models in use are those of a Git branch, `retrain.branch` in params.yaml: its commit holds the
dvc.lock and the metrics, and `dvc get . data/models --rev in-use` fetches the models themselves.
Promotion moves that branch and registers each model that it changes; whatever happens before leaves
all as it was.
"""

from pathlib import Path
from typing import Any

import yaml
from prefect import flow, get_run_logger
from prefect.states import Completed, Failed
from pydantic import PositiveInt

from crossmodal.config.retrain import Retrain
from crossmodal.errors import ParameterError, UserError
from crossmodal.files import remove
from flows.registry import IDENTITY, find_models, put_in_use
from flows.run_graph import run_workspace
from flows.stage import StageOptions
from flows.verdict import SHORT, judge, publish
from flows.workspace import WORKTREE, Workspace, find_project, find_worktree
from pipeline.dvc import share_cache
from pipeline.failures import explain
from pipeline.git import GitError, run_git
from pipeline.own_data import share_own_data

RESULTS = ("dvc.lock", "metrics")
LOCK_TIMEOUT = 5.0


@flow(name="retrain", persist_result=False)
def retrain(
    revision: str | None = None,
    targets: list[str] | None = None,
    workers: PositiveInt | None = None,
) -> Any:
    """Run the graph on a revision and promote the result if it is no worse.

    Ends as Promoted, Unchanged or NotPromoted; as Failed only if the graph could not be run.

    Args:
        revision: a Git branch, tag or commit; default: main or master, whichever there is, else
            what is checked out.
        targets: stages or groups of a matrix; default: all.
        workers: stages at once; default: one for each CPU core.
    """
    try:
        project = find_project()
        settings = read_settings(project)
        with project.exclusive("retrain", LOCK_TIMEOUT):
            check_promotion(project, settings.branch)
            revision = revision or find_default(project)
            worktree = prepare_worktree(project, revision)
            # Now, and not after hours of training, as with `check_promotion`.
            find_models(worktree, "HEAD", settings.branch)
            state = run_workspace(worktree, targets or [], workers, StageOptions())
            if not state.is_completed():
                return state
            return decide(project, settings, revision, commit_results(worktree, revision))
    except (UserError, OSError, MemoryError) as error:
        return Failed(message=explain(error))


def read_settings(project: Workspace) -> Retrain:
    """The section `retrain` of the parameters.

    Raises:
        ParameterError: it is missing or not in order.
    """
    values = yaml.safe_load((project.folder / "params.yaml").read_text(encoding="utf-8"))
    if "retrain" not in values:
        raise ParameterError("params.yaml: the section retrain is missing")
    return Retrain.parse(values["retrain"], "retrain")


def check_promotion(project: Workspace, branch: str) -> None:
    """Find out now, and not after hours of training, what would forbid to promote.

    Raises:
        UserError: Git or DVC's part of it is not there, or somebody has the branch checked out.
    """
    place = run_git(project.folder, "for-each-ref", "--format=%(worktreepath)", name_ref(branch))
    if place:
        raise UserError(f"{branch} is checked out in {place}: switch to another branch there")
    if project.dvc("config", "core.no_scm").strip().lower() == "true":
        raise UserError("DVC is set to do without Git: dvc config --local --unset core.no_scm")


def find_default(project: Workspace) -> str:
    """The branch to retrain where none is named; HEAD where none is checked out."""
    for branch in ("main", "master"):
        if run_git(project.folder, "for-each-ref", name_ref(branch)):
            return branch
    return run_git(project.folder, "rev-parse", "--abbrev-ref", "HEAD")


def name_ref(branch: str) -> str:
    """A branch's full name, which no tag can have."""
    return f"refs/heads/{branch}"


def prepare_worktree(project: Workspace, revision: str) -> Workspace:
    """The work tree at `revision`, whatever an earlier run left in it; DVC's cache is shared.

    Raises:
        UserError: there is no such revision, or no project in it.
    """
    commit = run_git(
        project.folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
    )
    top, worktree = (project.folder / WORKTREE).resolve(), find_worktree(project)
    try:
        check_out(project, top, commit)
    except GitError:
        # Not made yet, moved or copied with the project, or left by a Git that was killed. What
        # was made in it is in DVC's cache.
        remove(top)
        run_git(project.folder, "worktree", "prune")
        run_git(project.folder, "worktree", "add", "--force", "--detach", str(top), commit)
    if not (worktree.folder / "dvc.yaml").is_file():
        raise UserError(f"{revision} has no dvc.yaml in this folder")
    share_cache(project.folder, worktree.folder)
    tracked = share_own_data(project.folder, worktree.folder)
    if tracked:
        worktree.dvc("checkout", "--force", *tracked)
    return worktree


def check_out(project: Workspace, top: Path, commit: str) -> None:
    """Bring the work tree `top` to a commit.

    Raises:
        GitError: it is no work tree of this project's repository, or not in order.
    """
    ask = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--show-toplevel")
    mine = run_git(project.folder, *ask).splitlines()[0]
    if run_git(top, *ask).splitlines() != [mine, str(top)]:
        raise GitError(f"{top} belongs to another repository")
    run_git(top, "checkout", "--force", "--detach", commit)


def commit_results(worktree: Workspace, revision: str) -> str:
    """Commit dvc.lock and metrics, if they differ from the revision's; returns the commit."""
    folder = worktree.folder
    run_git(folder, "add", *(name for name in RESULTS if (folder / name).exists()))
    if run_git(folder, "diff", "--cached", "--name-only"):
        # At the revision's own time: the same results of the same revision are the same commit.
        time = run_git(folder, "show", "--no-patch", "--format=%ci", "HEAD")
        who = {**IDENTITY, "GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
        run_git(folder, "commit", "--quiet", "-m", f"Retrain {revision}", **who)
    return run_git(folder, "rev-parse", "HEAD")


def decide(project: Workspace, settings: Retrain, revision: str, candidate: str) -> Any:
    """Compare with the models in use, promote or refuse, publish the verdict."""
    ref = name_ref(settings.branch)
    in_use = run_git(project.folder, "for-each-ref", "--format=%(objectname)", ref)
    if in_use == candidate:
        put_in_use(project, candidate, settings.branch)  # what a killed run has left undone
        return Completed(name="Unchanged", message=f"{candidate[:SHORT]} is in use already")
    verdict = judge(project, settings.guards, in_use, candidate)
    if verdict.worse:
        publish(verdict, settings.guards, revision, settings.branch)
        reasons = "; ".join(verdict.worse)
        message = (
            f"{candidate[:SHORT]} is worse than {in_use[:SHORT]}: {reasons}; new: {verdict.causes}"
        )
        get_run_logger().warning(message)
        return Completed(name="NotPromoted", message=message)
    # Nothing moves if somebody else has moved the branch meanwhile.
    run_git(project.folder, "update-ref", ref, candidate, in_use or "0" * 40)
    registered = put_in_use(project, candidate, settings.branch)
    publish(verdict, settings.guards, revision, settings.branch)
    message = f"{settings.branch} is now {candidate[:SHORT]}; new: {verdict.causes}"
    if registered:
        message += f"; registered: {', '.join(registered)}"
    return Completed(name="Promoted", message=message)
