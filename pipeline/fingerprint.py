"""Write for each stage a list of the files that its code consists of, each with its MD5.

A stage depends on its own list, so that a changed file makes only those stages stale that import
it. DVC goes by MD5 too.
"""

import hashlib
from pathlib import Path

from crossmodal.files import atomic_path, write_text
from pipeline import stage
from pipeline.closure import HERE, find_closure, find_stages

CODE = Path("data/code")
PACKAGES = Path("requirements.lock")
# What these make is the same with every version of every package, by checks and by checksums.
WITHOUT_PACKAGES = ("check_params", "fetch_mnist")


def main() -> None:
    """Write all lists; what is no stage any more has none."""
    with atomic_path(CODE) as folder:
        folder.mkdir()
        for name, text in list_code().items():
            write_text(folder / name, text)


def list_code(root: Path = HERE) -> dict[str, str]:
    """Stage -> its list, as its file has it: a line 'MD5 path' for each file, by path.

    The stage that writes the lists has none: it depends on all code as it is.
    """
    md5s: dict[Path, str] = {}
    lists = {}
    for name, module in find_stages(root).items():
        files = find_closure(module, root)
        if name not in WITHOUT_PACKAGES:
            files.add(PACKAGES)
        for path in files - md5s.keys():
            md5s[path] = md5_of((root / path).read_bytes())
        lists[name] = "".join(f"{md5s[path]} {path.as_posix()}\n" for path in sorted(files))
    lists.pop("fingerprint", None)
    return lists


def md5_of(content: bytes) -> str:
    """The MD5 by which DVC knows this content."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    stage.run(main)
