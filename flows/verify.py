"""Hash the cache and the outputs again, name what is damaged, and mend it on request.

DVC trusts a cached object by its name: a flipped bit goes unnoticed into every later result. With
--repair a damaged object is replaced by a copy that is still whole in the workspace, else fetched
from the remote if there is one, else made again by its stage; then it is hashed once more.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crossmodal.data.skipmodal.array_cache import find_damage as find_damaged_arrays
from crossmodal.files import remove
from flows.graph import read_graph
from flows.heal import heal
from flows.objects import Cache, Reference, find_differing, md5_of
from flows.workspace import Workspace, list_workspaces
from pipeline.dvc import DvcError
from pipeline.failures import reported
from pipeline.skipmodal.paths import PAIR_CACHE

LOCK_TIMEOUT = 5.0


@dataclass(frozen=True)
class Damage:
    """What is damaged in one workspace.

    objects: cached objects by name, with the file that each one belongs to, if any does.
    files: outputs in the workspace that hold other bytes than dvc.lock says.
    arrays: decoded pairs that are not what they were when they were decoded.
    """

    workspace: Workspace
    objects: dict[str, Reference | None]
    files: list[Reference]
    arrays: list[Path]

    def describe(self) -> Iterator[str]:
        """One line for each damaged thing."""
        for md5, ref in self.objects.items():
            use = f"{ref.path}, made by {ref.stage}" if ref else "not used by any dvc.lock here"
            yield f"damaged object {md5}: {use}"
        for ref in self.files:
            yield f"damaged file {self.workspace.folder / ref.path}: made by {ref.stage}"
        for path in self.arrays:
            yield f"damaged array {path}: a copy of what shards hold"

    def any(self) -> bool:
        """Whether there is anything to mend."""
        return bool(self.objects or self.files or self.arrays)

    def stages(self) -> list[str]:
        """The stages that made what is damaged, in an order in which they can run again."""
        refs = [*self.files, *(ref for ref in self.objects.values() if ref)]
        touched = {ref.stage for ref in refs}
        graph = read_graph(self.workspace)
        rank = {stage: len(graph.select([stage]).upstream) for stage in touched}
        return sorted(touched, key=lambda stage: (rank[stage], stage))


def find_damage(workspaces: list[Workspace]) -> list[Damage]:
    """What is damaged, by workspace; an object that several use counts for the first one."""
    damaged = Cache(workspaces[0]).find_damaged()
    found = []
    for workspace in workspaces:
        references = list(Cache(workspace).find_references())
        used = {ref.md5: ref for ref in reversed(references) if ref.md5 in damaged}
        damaged -= used.keys()
        differing = find_differing(workspace, references)
        arrays = list(find_damaged_arrays(workspace.folder / PAIR_CACHE))
        found.append(Damage(workspace, dict(used), differing, arrays))
    found[0].objects.update(dict.fromkeys(damaged))
    return found


def repair(damage: Damage) -> list[str]:
    """Mend one workspace; returns what could not be mended.

    Raises:
        UserError: a run is at work in the workspace.
    """
    workspace, cache = damage.workspace, Cache(damage.workspace)
    with workspace.exclusive("flow", LOCK_TIMEOUT):
        heal(workspace)
        for path in damage.arrays:
            remove(path.parent)  # the next stage that needs it decodes the shards again
        stages = damage.stages()
        wanted = [ref for ref in cache.find_references() if ref.stage in stages]
        for md5 in damage.objects:
            remove(cache.path(md5))
        for ref in wanted:
            if ref in damage.files or ref.md5 in damage.objects:
                restore_from_workspace(cache, ref)
        if stages and workspace.dvc("remote", "list").strip():
            attempt(workspace, "fetch", *stages)
        failed = [stage for stage in stages if not remake(cache, stage, wanted)]
    said = "made other bytes than dvc.lock said, or failed"
    return [f"{workspace.folder}: {stage} {said}" for stage in failed]


def restore_from_workspace(cache: Cache, ref: Reference) -> None:
    """Make the object from the workspace's copy if that is whole; otherwise drop the copy."""
    path = cache.workspace.folder / ref.path
    if md5_of(path) == ref.md5:
        cache.put(ref.md5, path)
    else:
        remove(path)


def remake(cache: Cache, stage: str, wanted: list[Reference]) -> bool:
    """Check a stage's outputs out of the cache, or restore or run it; whether all are whole."""
    mine = [ref for ref in wanted if ref.stage == stage]
    ways = (
        ("checkout", "--force", stage),
        ("repro", "--single-item", stage),
        ("repro", "--single-item", "--force", stage),
    )
    return any(attempt(cache.workspace, *way) and is_whole(cache, mine) for way in ways)


def attempt(workspace: Workspace, *arguments: str) -> bool:
    """Whether a DVC command succeeds."""
    try:
        workspace.dvc(*arguments)
    except DvcError:
        return False
    return True


def is_whole(cache: Cache, references: list[Reference]) -> bool:
    """Whether objects and outputs are there and hold the recorded bytes."""
    for ref in references:
        if md5_of(cache.path(ref.md5)) != ref.md5.removesuffix(".dir"):
            return False
        if not ref.md5.endswith(".dir") and md5_of(cache.workspace.folder / ref.path) != ref.md5:
            return False
    return True


def main() -> int:
    """Verify, and repair if asked to; exit code 1 while anything is damaged."""
    parser = argparse.ArgumentParser(prog="python -m flows.verify", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="mend what is damaged")
    options = parser.parse_args()
    found = find_damage(list_workspaces())
    print("\n".join(line for damage in found for line in damage.describe()), end="")
    if not any(damage.any() for damage in found):
        print("All cached objects and outputs hold the bytes that dvc.lock says.")
        return 0
    print()
    if not options.repair:
        print("`make repair` mends this.")
        return 1
    left = [line for damage in found for line in repair(damage)]
    print("\n".join(left) or "All of it is mended.")
    return min(len(left), 1)


if __name__ == "__main__":
    with reported("verify"):
        sys.exit(main())
