"""The stage graph as DVC sees it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from crossmodal.errors import UserError
from flows.workspace import Workspace

NODE = re.compile(r'^"([^"]+)";$')
EDGE = re.compile(r'^"([^"]+)" -> "([^"]+)";$')


@dataclass(frozen=True)
class Graph:
    """Stages in the order of dvc.yaml, and for each one the stages that it needs.

    upstream: the direct ones; a graph without cycles, as DVC refuses others.
    marks: each stage's `meta` in dvc.yaml.
    """

    upstream: dict[str, frozenset[str]]
    marks: dict[str, dict[str, Any]]

    @cached_property
    def downstream(self) -> dict[str, frozenset[str]]:
        """For each stage the stages that directly need it."""
        return {
            stage: frozenset(other for other, needs in self.upstream.items() if stage in needs)
            for stage in self.upstream
        }

    def select(self, targets: Iterable[str]) -> "Graph":
        """The part that `targets` need: stages, or groups of a matrix; all for no targets.

        Data that the project brings along are made only if a stage uses them: where folders of
        your own took their place, nothing does.

        Raises:
            UserError: a target names no stage.
        """
        chosen = [stage for target in targets for stage in self.find(target)]
        if not chosen:
            chosen = [stage for stage in self.upstream if not self.is_unused(stage)]
        kept = reach(chosen, self.upstream)
        upstream = {stage: needs for stage, needs in self.upstream.items() if stage in kept}
        return Graph(upstream, self.marks)

    def find(self, target: str) -> list[str]:
        """The stage `target`, or all stages of the matrix of that name."""
        found = [name for name in self.upstream if target in (name, name.split("@")[0])]
        if not found:
            groups = dict.fromkeys(name.split("@")[0] for name in self.upstream)
            raise UserError(f"{target} is no stage; there are: {', '.join(groups)}")
        return found

    def affected_by(self, stages: Iterable[str]) -> list[str]:
        """`stages` and everything downstream of them, in the graph's order."""
        found = reach(stages, self.downstream)
        return [stage for stage in self.upstream if stage in found]

    def is_unused(self, stage: str) -> bool:
        """Whether dvc.yaml marks the stage with `meta: {embedded: true}` and none needs it."""
        return bool(self.mark(stage, "embedded")) and not self.downstream[stage]

    def leaves(self) -> list[str]:
        """The stages that no other one needs: with them DVC makes all."""
        return [stage for stage, needing in self.downstream.items() if not needing]

    def mark(self, stage: str, name: str) -> Any:
        """One value of the stage's `meta`; None where there is none."""
        return self.marks.get(stage.split("@")[0], {}).get(name)

    def needs_gpu(self, stage: str) -> bool:
        """Whether dvc.yaml marks the stage with `meta: {resources: gpu}`."""
        return "gpu" in str(self.mark(stage, "resources"))


def reach(start: Iterable[str], edges: dict[str, frozenset[str]]) -> set[str]:
    """All stages that can be reached from `start`, which is included."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            waiting += edges.get(stage, ())
    return found


def read_graph(workspace: Workspace) -> Graph:
    """Ask DVC for the graph of a workspace.

    Raises:
        DvcError: the workspace or its dvc.yaml is not in order.
    """
    upstream: dict[str, set[str]] = {}
    for line in workspace.dvc("dag", "--dot").splitlines():
        if node := NODE.match(line.strip()):
            upstream.setdefault(node[1], set())
        elif edge := EDGE.match(line.strip()):
            upstream.setdefault(edge[1], set())
            upstream.setdefault(edge[2], set()).add(edge[1])
    edges = {stage: frozenset(needs) for stage, needs in upstream.items()}
    return Graph(edges, read_marks(workspace))


def read_marks(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The `meta` of every stage that has one; DVC leaves its meaning to its users."""
    file = workspace.folder / "dvc.yaml"
    stages = yaml.safe_load(file.read_text(encoding="utf-8")).get("stages", {})
    return {name: stage.get("meta") or {} for name, stage in stages.items()}


def read_repro_order(workspace: Workspace) -> list[str]:
    """All stages in the order in which `dvc repro` runs them, and so records them."""
    said = workspace.dvc("repro", "--dry", "--force")
    return re.findall(r"^Running stage '([^']+)':$", said, re.MULTILINE)
