"""DVC's cached objects: each is named by the MD5 of its bytes, which makes damage visible.

The layout is documented: files/md5/ab/cdef..., read-only; a folder's object ends in `.dir` and
lists its files as JSON.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossmodal.files import atomic_path
from flows import lockfile
from flows.workspace import Workspace


@dataclass(frozen=True)
class Reference:
    """A file that a stage made: `md5` names its object and must be the MD5 of its bytes."""

    stage: str
    path: str
    md5: str


def md5_of(path: Path) -> str:
    """The MD5 of a file; "" where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return ""


def hash_all(paths: Iterable[Path]) -> dict[Path, str]:
    """The MD5 of every path, on all cores; a file with several names is read once."""
    places = {path: identify(path) for path in paths}
    firsts = {place: path for path, place in places.items()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hashes = dict(zip(firsts, pool.map(md5_of, firsts.values()), strict=True))
    return {path: hashes[place] for path, place in places.items()}


def identify(path: Path) -> object:
    """What two hard links to one file have in common."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except OSError:
        return path


class Cache:
    """The cached objects of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        """Ask DVC where the workspace has its cache."""
        self.workspace = workspace
        self.folder = workspace.find_cache() / "files" / "md5"

    def path(self, md5: str) -> Path:
        """Where the object of that name is or would be."""
        return self.folder / md5[:2] / md5[2:]

    def find_damaged(self) -> set[str]:
        """The names of all objects whose bytes are not those that they are named by."""
        found = hash_all(path for path in self.folder.glob("??/*") if path.is_file())
        names = {path.parent.name + path.name: md5 for path, md5 in found.items()}
        # A name of another length is a file that DVC was still writing when it was killed.
        return {n for n, md5 in names.items() if n.removesuffix(".dir") != md5 and is_name(n)}

    def put(self, md5: str, source: Path) -> None:
        """Add an object by a copy of a file that holds its bytes."""
        with atomic_path(self.path(md5)) as temporary:
            shutil.copyfile(source, temporary)
            temporary.chmod(0o444)

    def list_folder(self, md5: str) -> list[dict[str, Any]]:
        """The files that a folder's object lists; none where it is missing or damaged."""
        path = self.path(md5)
        if md5_of(path) != md5.removesuffix(".dir"):
            return []
        listed: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return listed

    def find_references(self) -> Iterator[Reference]:
        """Every file and folder that dvc.lock records as made by a stage."""
        for stage, outs in lockfile.read_outs(self.workspace.lock_file).items():
            for out in outs:
                md5 = out.get("md5")
                if md5 is None:
                    continue
                yield Reference(stage, out["path"], md5)
                if md5.endswith(".dir"):
                    for file in self.list_folder(md5):
                        yield Reference(stage, f"{out['path']}/{file['relpath']}", file["md5"])


def is_name(text: str) -> bool:
    """Whether a file's name is that of an object."""
    digits = text.removesuffix(".dir")
    return len(digits) == 32 and set(digits) <= set("0123456789abcdef")


def find_differing(workspace: Workspace, references: Iterable[Reference]) -> list[Reference]:
    """The references whose file in the workspace is there and holds other bytes."""
    files = {ref: workspace.folder / ref.path for ref in references if not ref.md5.endswith(".dir")}
    found = hash_all(path for path in files.values() if path.is_file())
    return [ref for ref, path in files.items() if found.get(path, ref.md5) != ref.md5]
