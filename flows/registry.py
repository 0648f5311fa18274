"""Which models are in use, as Git tags that the registry's tools read: GTO, DVC, DVC Studio.

The models are the `artifacts` of dvc.yaml. One that is put in use and is not in use already gets a
version, tag NAME@v0.0.N, and at that version the stage that is called like the branch in use, tag
NAME#in-use#N. The tags stay on this machine until somebody pushes them.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from gto.base import Artifact
from gto.constants import Action, assert_fullname_is_valid, assert_name_is_valid
from gto.exceptions import GTOException
from gto.registry import GitRegistry
from gto.tag import name_tag
from gto.versions import SemVer

from crossmodal.errors import UserError, one_line
from flows import lockfile
from flows.objects import Cache
from flows.workspace import Workspace
from pipeline.git import GitError, run_git

# Promotion commits and tags in the project's name, not in that of whoever runs the worker.
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "crossmodal retrain"), ("EMAIL", "retrain@localhost"))
}


def find_models(project: Workspace, commit: str, stage: str) -> dict[str, str]:
    """The name in the registry -> the path of each model that dvc.yaml lists at a commit.

    Raises:
        UserError: a name cannot be that of a tag, or Git refuses.
    """
    said = yaml.safe_load(run_git(project.folder, "show", f"{commit}:./dvc.yaml"))
    # In a project that is a part of a larger repository, names begin with its folder.
    part = run_git(project.folder, "rev-parse", "--show-prefix").rstrip("/")
    artifacts: Mapping[str, Mapping[str, Any]] = said.get("artifacts") or {}
    models = {
        f"{part}:{name}" if part else name: artifact["path"] for name, artifact in artifacts.items()
    }
    try:
        for name in models:
            assert_fullname_is_valid(name)
        if models:
            assert_name_is_valid(stage)
    except GTOException as error:
        raise UserError(f"the model registry takes no such name: {one_line(error)}") from None
    return models


def put_in_use(project: Workspace, commit: str, stage: str) -> list[str]:
    """Register the models of a commit that are not in use yet; returns their names.

    Whatever an earlier call left undone is done.

    Raises:
        UserError: Git or DVC refuses, or the tags that are there contradict each other.
    """
    models = find_models(project, commit, stage)
    cache, registered, moments = Cache(project), [], later_moments(project)

    def make(action: Action, at: str, name: str, **known: Any) -> None:
        tag = name_tag(action, name, scm=registry.scm, **known)
        message = f"{action.value.capitalize()} {models[name]}"
        how = {**IDENTITY, "GIT_COMMITTER_DATE": f"@{next(moments)} +0000"}
        run_git(project.folder, "tag", "--annotate", "--message", message, tag, at, **how)

    try:
        with GitRegistry.from_url(str(project.folder)) as registry:
            state = registry.get_state()
            for name, path in models.items():
                known = state.find_artifact(name, create_new=True)
                used = known.get_vstages(versions_per_stage=-1).get(stage, [])
                content = find_content(project, cache, commit, path)
                if not content or (
                    used and content == find_content(project, cache, used[0].commit_hexsha, path)
                ):
                    continue
                mine = [v.semver for v in known.get_versions() if v.commit_hexsha == commit]
                if not mine:
                    make(Action.REGISTER, commit, name, version=find_next(known), simple=True)
                # An old version may be back: of those in use the tools take the highest.
                for other in used:
                    if mine and SemVer(other.version) > mine[0]:
                        make(Action.UNASSIGN, other.commit_hexsha, name, stage=stage)
                make(Action.ASSIGN, commit, name, stage=stage)
                registered.append(name)
    except GTOException as error:
        raise UserError(f"the model registry's tags: {one_line(error)}") from None
    return registered


def later_moments(project: Workspace) -> Iterator[int]:
    """Seconds since 1970, each later than all tags: the tools order tags by them."""
    newest = ("for-each-ref", "--sort=-creatordate", "--count=1", "--format=%(creatordate:unix)")
    last = int(run_git(project.folder, *newest, "refs/tags") or 0)
    while True:
        last = max(last + 1, int(time.time()))
        yield last


def find_next(known: Artifact) -> str:
    """The version after the highest that there ever was."""
    versions = (each.version for each in known.get_versions(active_only=False))
    last = next(filter(SemVer.is_valid, versions), None)
    version: str = (SemVer(last).bump_patch() if last else SemVer.get_minimal()).version
    return version


def find_content(project: Workspace, cache: Cache, commit: str, path: str) -> object:
    """What a file or folder held at a commit, to compare; None where that is not known."""
    try:
        text = run_git(project.folder, "show", f"{commit}:./dvc.lock")
    except GitError:
        return None
    outs = [out for entry in lockfile.parse(text).values() for out in entry.get("outs", ())]
    for out in outs:
        if out["path"] == path:
            return out.get("md5")
        if path.startswith(f"{out['path']}/") and "md5" in out:
            inner = path.removeprefix(f"{out['path']}/") + "/"
            files = {file["relpath"]: file["md5"] for file in cache.list_folder(out["md5"])}
            return {place: md5 for place, md5 in files.items() if place.startswith(inner)} or None
    return None
