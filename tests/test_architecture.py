"""Who may import whom: both papers know nothing of each other, and no arrow points backwards."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

PAPERS = {"mapping", "skipmodal"}
# The rooms of the library; each may import from itself and from rooms in lines above its own.
ORDER = (
    {"errors", "suggestions", "words"},
    {"files"},
    {"config"},
    {"compute"},
    {"data"},
    {"embed", "models"},
    {"train", "evaluate"},
    {"report"},
    {"inference"},
    {"cli", "demo"},
)
LEVELS = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
# What serves both papers by knowing their code: everything else of both knows neither.
OF_BOTH = {"inference", "cli", "demo"}
# Each may import the ones before it.
TREES = ("src/crossmodal", "pipeline", "flows")
PACKAGES = {"crossmodal": "src/crossmodal", "pipeline": "pipeline", "flows": "flows"}


def list_imports(root, *trees):
    """(file, module or name in one that it imports), paths below `root` as texts.

    Imports inside functions count; those for the type checker alone do not.
    """
    for tree in trees:
        for path in sorted((root / tree).rglob("*.py")):
            for name in imported_names(ast.parse(path.read_text(encoding="utf-8"))):
                yield path.relative_to(root).as_posix(), name


def imported_names(node):
    """What is imported in a piece of code, by its full name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in node.orelse if typing_only else ast.iter_child_nodes(node):
        yield from imported_names(child)


def find_module(root, name):
    """The file of the longest part of `name` that is a module of the project, or None."""
    top, *rest = name.split(".")
    if top not in PACKAGES:
        return None
    for length in range(len(rest), -1, -1):
        base = root.joinpath(PACKAGES[top], *rest[:length])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path.relative_to(root).as_posix()
    return None


def list_arrows(root):
    """(file, file that it imports) of all modules of the project."""
    for path, name in list_imports(root, *TREES):
        target = find_module(root, name)
        if target not in (None, path):
            yield path, target


def room_of(path):
    """The room of a file of the library: a folder or a module of src/crossmodal."""
    return path.split("/")[2].removesuffix(".py")


def level_of(path):
    """Where the room of a file stands in ORDER."""
    room = room_of(path)
    assert room in LEVELS, f"say in ORDER where the room {room} stands"
    return LEVELS[room]


def find_mixed_papers(root):
    """Files of one paper that import the other's, and shared ones that import either's."""
    found = []
    for path, name in list_imports(root, *TREES, "tests"):
        own, other = (PAPERS & set(where) for where in (path.split("/"), name.split(".")))
        shared = path.startswith("src/") and not own and room_of(path) not in OF_BOTH
        if other and ((own and own != other) or shared):
            found.append((path, name))
    return found


def find_backward_rooms(root):
    """Imports of the library from a room that does not stand above one's own."""
    return [
        (path, target)
        for path, target in list_arrows(root)
        if path.startswith("src/") and target.startswith("src/crossmodal/")
        if room_of(path) != room_of(target) != "__init__"
        if level_of(path) <= level_of(target)
    ]


def find_backward_trees(root):
    """Imports of pipeline or flows from src, and of flows from pipeline."""
    order = {tree.split("/")[0]: number for number, tree in enumerate(TREES)}
    return [
        (path, target)
        for path, target in list_arrows(root)
        if order[path.split("/")[0]] < order[target.split("/")[0]]
    ]


def find_circle(root):
    """The files of a circle of imports; empty where there is none."""
    graph = {}
    for path, target in list_arrows(root):
        graph.setdefault(path, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


RULES = (find_mixed_papers, find_backward_rooms, find_backward_trees, find_circle)


@pytest.mark.parametrize("rule", RULES)
def test_the_project_keeps_the_rule(project, rule):
    assert len(list(list_arrows(project))) > 1000
    assert rule(project) == []


BASE = {
    "src/crossmodal/__init__.py": "",
    "src/crossmodal/errors.py": "",
    "src/crossmodal/data/mnist.py": "from crossmodal.errors import DataError",
    "src/crossmodal/data/mapping/digits.py": "from crossmodal.data import mnist",
    "src/crossmodal/models/skipmodal/network.py": "from crossmodal.data.mnist import Digits",
    "src/crossmodal/inference/loading.py": "from crossmodal.models.skipmodal import network",
    "pipeline/stage.py": "from crossmodal.errors import UserError",
    "flows/run.py": "import pipeline.stage",
    "tests/src/data/mapping/test_digits.py": "from crossmodal.data.mapping import digits",
}
LAZY = "def load():\n    from {} import {}\n"
GUARDED = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {} import {}\n"
SKIPMODAL = ("crossmodal.models.skipmodal", "network")


def plant(root, **changes):
    """A made-up project; changes: more files, or other text of these."""
    for path, text in (BASE | changes).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def test_a_sound_tree_breaks_no_rule(tmp_path):
    known = {"src/crossmodal/errors.py": GUARDED.format("flows", "run")}
    root = plant(tmp_path, **known)
    assert [rule(root) for rule in RULES] == [[]] * len(RULES)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (
            find_mixed_papers,
            "src/crossmodal/data/mapping/digits.py",
            "import crossmodal.models.skipmodal.network",
        ),
        (find_mixed_papers, "src/crossmodal/models/mapping/mapping.py", LAZY.format(*SKIPMODAL)),
        (find_mixed_papers, "pipeline/mapping/train.py", "from pipeline.skipmodal import paths"),
        (find_mixed_papers, "pipeline/mapping/train.py", "from pipeline import skipmodal"),
        (
            find_mixed_papers,
            "tests/src/data/mapping/test_digits.py",
            "from tests.pipeline.skipmodal.small_pairs import write",
        ),
        (find_mixed_papers, "src/crossmodal/models/weights.py", LAZY.format(*SKIPMODAL)),
        (find_backward_rooms, "src/crossmodal/data/mnist.py", LAZY.format(*SKIPMODAL)),
        (find_backward_rooms, "src/crossmodal/errors.py", "import crossmodal.data.mnist"),
        (find_backward_rooms, "src/crossmodal/embed/maps.py", "import crossmodal.models.weights"),
        (find_backward_trees, "src/crossmodal/errors.py", LAZY.format("pipeline", "stage")),
        (find_backward_trees, "src/crossmodal/errors.py", "import flows.run"),
        (find_backward_trees, "pipeline/stage.py", "from flows.run import main"),
        (find_circle, "src/crossmodal/data/mnist.py", LAZY.format("crossmodal.data", "pairs")),
        (find_circle, "pipeline/stage.py", "import pipeline.paths"),
    ],
)
def test_a_tree_that_breaks_a_rule_is_found(tmp_path, rule, path, text):
    circle = {"src/crossmodal/data/pairs.py": "import crossmodal.data.mnist"}
    circle |= {"pipeline/paths.py": "import pipeline.stage"}
    others = {"src/crossmodal/models/weights.py": "", **(circle if rule is find_circle else {})}
    found = rule(plant(tmp_path, **(others | {path: text})))
    assert path in [each if isinstance(each, str) else each[0] for each in found]
    guarded = text.replace("def load():", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:")
    if guarded != text:
        assert rule(plant(tmp_path, **(others | {path: guarded}))) == []
