import pytest

from crossmodal.errors import UserError
from flows.graph import Graph, read_graph, read_repro_order

GRAPH = Graph(
    {
        "fetch": frozenset(),
        "train@a": frozenset({"fetch"}),
        "train@b": frozenset({"fetch"}),
        "report": frozenset({"train@a", "train@b"}),
    },
    {"train": {"resources": "gpu"}},
)


def test_select_keeps_what_targets_need():
    assert set(GRAPH.select(["train@a"]).upstream) == {"fetch", "train@a"}
    assert set(GRAPH.select(["train"]).upstream) == {"fetch", "train@a", "train@b"}
    assert GRAPH.select([]) == GRAPH


def test_unknown_target_names_the_known_ones():
    with pytest.raises(UserError, match="trian is no stage; there are: fetch, train, report"):
        GRAPH.select(["trian"])


def test_affected_stages_are_all_downstream_ones():
    assert GRAPH.affected_by(["train@b"]) == ["train@b", "report"]
    assert GRAPH.affected_by([]) == []


def test_gpu_mark_holds_for_every_stage_of_a_matrix():
    assert GRAPH.needs_gpu("train@a") and not GRAPH.needs_gpu("report")


def test_graph_and_order_are_those_of_dvc(toy):
    graph = read_graph(toy.workspace)
    assert graph.upstream == {
        "first": frozenset(),
        "left": {"first"},
        "right": {"first"},
        "last": {"left", "right"},
    }
    order = read_repro_order(toy.workspace)
    assert sorted(order) == sorted(graph.upstream)
    assert all(order.index(need) < order.index(s) for s in order for need in graph.upstream[s])


def test_data_that_the_project_brings_are_made_only_if_they_are_used():
    upstream = {
        "fetch": frozenset(),
        "draw": frozenset({"fetch"}),
        "shard": frozenset(),
        "speak": frozenset(),
        "train": frozenset({"shard", "speak"}),
    }
    brought = {name: {"embedded": True} for name in ("draw", "speak")}
    graph = Graph(upstream, brought)
    assert set(graph.select([]).upstream) == {"fetch", "shard", "speak", "train"}
    assert set(graph.select(["draw"]).upstream) == {"fetch", "draw"}
    assert graph.select([]).leaves() == ["fetch", "train"]
