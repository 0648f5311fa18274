"""Which stages changed code makes stale, before the stage `fingerprint` has written it down.

Every stage depends on the list of its files that `fingerprint` writes. Of a changed file DVC alone
says only that `fingerprint` is out of date. Here the lists are made in memory and compared with
those that each stage was last run with, which DVC's cache still has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import processes
from flows.workspace import Workspace
from pipeline.dvc import DVC
from pipeline.fingerprint import CODE, list_code, md5_of
from pipeline.git import GitError, run_git

FINGERPRINT = "fingerprint"
ABSENT, UNKNOWN = "-", "unknown"
Entries = Mapping[str, Mapping[str, Any]]  # of dvc.lock, by stage


@dataclass(frozen=True)
class CodeChange:
    """One file of a stage's code that is not what the stage was last run with.

    before, after: the file's MD5, or why there is none.
    """

    stage: str
    path: str
    before: str
    after: str


def is_list(path: str) -> bool:
    """Whether a path is one of the lists that `fingerprint` writes."""
    return Path(path).parent == CODE


def find_changes(workspace: Workspace, entries: Entries) -> list[CodeChange]:
    """The changed files of every stage that was ever run."""
    if FINGERPRINT not in entries:
        return []
    lists = list_code(workspace.folder)
    stale = {
        stage: (recorded, lists[name])
        for stage, entry in entries.items()
        if (name := stage.split("@")[0]) in lists
        and (recorded := find_recorded(entry)) != md5_of(lists[name].encode())
    }
    if not stale:
        return []
    cache = workspace.find_cache()
    return [
        change
        for stage, (recorded, text) in stale.items()
        for change in compare(workspace, stage, read_old(cache, recorded), parse(text))
    ]


def find_recorded(entry: Mapping[str, Any]) -> str:
    """The MD5 of the list that a stage was last run with; "" where it had none."""
    return next((dep["md5"] for dep in entry.get("deps", []) if is_list(dep["path"])), "")


def read_old(cache: Path, md5: str) -> dict[str, str] | None:
    """path -> MD5 of the list that has this MD5; None where the cache has it no more."""
    try:
        return parse((cache / "files" / "md5" / md5[:2] / md5[2:]).read_text(encoding="utf-8"))
    except OSError:
        return None


def parse(text: str) -> dict[str, str]:
    """path -> MD5 of the lines of a list."""
    return {path: md5 for md5, path in (line.split(" ", 1) for line in text.splitlines())}


def compare(
    workspace: Workspace, stage: str, old: Mapping[str, str] | None, new: Mapping[str, str]
) -> Iterator[CodeChange]:
    """One change for each file that differs; where the old list is lost, those that Git knows."""
    if old is None:
        changed = sorted(new.keys() & changed_since_lock(workspace))
        for path in changed or ["code that neither DVC's cache nor Git knows any more"]:
            yield CodeChange(stage, path, UNKNOWN, new.get(path, UNKNOWN))
        return
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield CodeChange(stage, path, old.get(path, ABSENT), new.get(path, ABSENT))


def changed_since_lock(workspace: Workspace) -> set[str]:
    """The files that differ from those of the commit that last changed dvc.lock."""
    try:
        last = run_git(workspace.folder, "log", "-1", "--format=%H", "--", "dvc.lock")
        said = run_git(workspace.folder, "diff", "--relative", "--name-only", last, "--", ".")
    except GitError:
        return set()
    return set(said.splitlines())


def refresh(workspace: Workspace) -> None:
    """Let DVC bring the lists up to date, before stages are compared with them one by one."""
    command = [*DVC, "--wait-for-lock", "repro", "--single-item", FINGERPRINT]
    processes.run(command, workspace.folder, lambda line: None)
