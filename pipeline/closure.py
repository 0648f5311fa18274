"""Print the files that a stage's module imports: its deps in dvc.yaml.

DVC reruns a stage only for the deps that are listed; a module that is imported but not listed goes
stale silently. A test compares dvc.yaml with what this prints.
"""

import argparse
import ast
from pathlib import Path

ROOTS = {"pipeline": Path("pipeline"), "crossmodal": Path("src/crossmodal")}


def find_closure(module: str) -> set[Path]:
    """All files of this project that `module` imports, directly or not, itself included.

    Files that hold nothing but a docstring are left out: they cannot change a result.
    """
    found: set[Path] = set()
    waiting = [module, module.split(".")[0]]
    while waiting:
        path = find_file(waiting.pop())
        if path is None or path in found:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(not is_docstring(node) for node in tree.body):
            found.add(path)
        for node in ast.walk(tree):
            waiting += imported_names(node)
    return found


def imported_names(node: ast.AST) -> list[str]:
    """The modules that a statement may import, their packages included."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        # `from package import name` may name a module or something in one.
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return []
    parts = [name.split(".") for name in names]
    return [".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)]


def find_file(module: str) -> Path | None:
    """The file of a module of this project; None for anybody else's."""
    root, *rest = module.split(".")
    if root not in ROOTS:
        return None
    base = ROOTS[root].joinpath(*rest)
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a bare text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", help="for instance train_autoencoder")
    for file in sorted(find_closure(f"pipeline.{parser.parse_args().stage}")):
        print(f"- {file.as_posix()}")
