"""Which stages changed code makes stale, found before the stage `fingerprint` has written it down.

Every stage depends on the list of its files that `fingerprint` writes. DVC alone sees a changed
file only as a dep of `fingerprint`; here the lists are made in memory and compared with those that
each stage was last run with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import processes
from flows.workspace import Workspace
from pipeline.dvc import DVC
from pipeline.fingerprint import list_code, md5_of
from pipeline.git import GitError, run_git
from pipeline.paths import CODE

FINGERPRINT = "fingerprint"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class CodeChange:
    """One file of one stage's code that is not what the stage was last run with.

    before, after: the file's MD5; "" where the stage has no such file.
    """

    stage: str
    path: str
    before: str
    after: str


def is_own(path: str) -> bool:
    """Whether a path is a list that `fingerprint` writes, or the folder of all."""
    return Path(path).is_relative_to(CODE)


def find_changes(workspace: Workspace, entries: dict[str, dict[str, Any]]) -> list[CodeChange]:
    """The changed files of every stage that was ever run.

    Args:
        entries: of dvc.lock, by stage.
    """
    if FINGERPRINT not in entries:
        return []
    current = list_code(workspace.folder)
    recorded = {stage: md5 for stage, entry in entries.items() if (md5 := find_recorded(entry))}
    stale = {
        stage: md5
        for stage, md5 in recorded.items()
        if (text := current.get(name_of(stage))) is not None and md5_of(text.encode()) != md5
    }
    if not stale:
        return []
    cache = workspace.find_cache()
    return [
        change
        for stage, md5 in stale.items()
        for change in compare(workspace, stage, read_old(cache, md5), current[name_of(stage)])
    ]


def name_of(stage: str) -> str:
    """A stage's name without its place in a matrix."""
    return stage.split("@")[0]


def find_recorded(entry: dict[str, Any]) -> str | None:
    """The MD5 of the list that a stage was last run with."""
    return next((dep["md5"] for dep in entry.get("deps", []) if is_own(dep["path"])), None)


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
    workspace: Workspace, stage: str, old: dict[str, str] | None, text: str
) -> Iterator[CodeChange]:
    """One change for each file that differs; of an unknown old list, those that Git knows of."""
    new = parse(text)
    if old is None:
        changed = new.keys() & since_recorded(workspace.folder)
        for path in sorted(changed) or ["a file that neither Git nor the cache knows"]:
            yield CodeChange(stage, path, UNKNOWN, new.get(path, UNKNOWN))
        return
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield CodeChange(stage, path, old.get(path, ""), new.get(path, ""))


def since_recorded(folder: Path) -> set[str]:
    """The files that differ from the commit that last changed dvc.lock; none without Git."""
    try:
        last = run_git(folder, "log", "-1", "--format=%H", "--", "dvc.lock")
        return set(run_git(folder, "diff", "--relative", "--name-only", last).splitlines())
    except GitError:
        return set()


def refresh(workspace: Workspace, entries: dict[str, Any]) -> None:
    """Let DVC write the lists again where files have changed: stages are compared with them."""
    command = [*DVC, "--wait-for-lock", "repro", "--single-item", FINGERPRINT]
    processes.run(command, workspace.folder, lambda line: None)
