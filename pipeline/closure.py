"""Which files of this project a stage's code consists of: the import closure of its module.

`python -m pipeline.closure STAGE` prints them.
"""

import argparse
import ast
from functools import cache
from pathlib import Path

from crossmodal.errors import DataError

HERE = Path()
ROOTS = {"pipeline": Path("pipeline"), "crossmodal": Path("src/crossmodal")}


def find_stages(root: Path = HERE) -> dict[str, str]:
    """Stage -> its module, of the project in `root`: modules of pipeline/ that call `stage.run`."""
    modules = (
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in sorted((root / ROOTS["pipeline"]).rglob("*.py"))
        if any(is_run(node) for node in ast.walk(parse(path)))
    )
    return {module.rsplit(".", 1)[1]: module for module in modules}


def find_closure(module: str, root: Path = HERE) -> set[Path]:
    """All files that `module` imports, directly or not, itself included, as paths within `root`.

    Files that hold nothing but a docstring are left out: they cannot change a result.
    """
    found: set[Path] = set()
    waiting = [module, *packages_of(module)]
    while waiting:
        path = find_file(waiting.pop(), root)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += list_imports(path)
    code = (path for path in found if any(not is_docstring(node) for node in parse(path).body))
    return {path.relative_to(root) for path in code}


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file, read once in a process.

    Raises:
        DataError: it is not Python.
    """
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise DataError(f"{path} is not Python: {error}") from None


@cache
def list_imports(path: Path) -> tuple[str, ...]:
    """The modules that a file may import anywhere, their packages included."""
    names = (name for node in ast.walk(parse(path)) for name in imported_names(node))
    return tuple(dict.fromkeys(names))


def imported_names(node: ast.AST) -> list[str]:
    """The modules that a statement may import, their packages included."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        # `from package import name` may name a module or something in one.
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return []
    return [part for name in names for part in (*packages_of(name), name)]


def packages_of(module: str) -> list[str]:
    """The packages that a module lies in, the outermost first."""
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


@cache
def find_file(module: str, root: Path) -> Path | None:
    """The file of a module of this project; None for anybody else's."""
    top, *rest = module.split(".")
    if top not in ROOTS:
        return None
    base = (root / ROOTS[top]).joinpath(*rest)
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a bare text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_run(node: ast.AST) -> bool:
    """Whether a node is a call of `stage.run`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    place = node.func.value
    return isinstance(place, ast.Name) and (place.id, node.func.attr) == ("stage", "run")


if __name__ == "__main__":
    stages = find_stages()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=stages)
    for file in sorted(find_closure(stages[parser.parse_args().stage])):
        print(file.as_posix())
