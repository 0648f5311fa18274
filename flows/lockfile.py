"""dvc.lock: what each stage was last made from, and what it made.

A serial `dvc repro` records stages in its own order, a parallel run in the order in which they
happen to end. `sort` gives both the same bytes. It moves whole entries as lines of text, so that
what DVC wrote stays as DVC wrote it.
"""

import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from crossmodal.config.own_input import is_own
from crossmodal.errors import DataError
from crossmodal.files import write_text

# The C loader is some ten times faster; not every platform's PyYAML has it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HEAD = "schema: '2.0'\nstages:\n"
ENTRY = re.compile(r"^  (?=\S)", re.MULTILINE)


class RecordedFile(BaseModel):
    """A dep or an out, with the values that DVC insists on; where it is, and what it held."""

    model_config = ConfigDict(strict=True)

    path: str
    md5: Annotated[str, Field(min_length=3)] | None = None
    hash: str = ""
    size: int = 0
    nfiles: int = 0
    isexec: bool = False


class Entry(BaseModel):
    """What DVC records of one stage."""

    model_config = ConfigDict(strict=True, extra="forbid")

    cmd: str | list[str]
    deps: list[RecordedFile] = []
    params: dict[str, dict[str, Any]] = {}
    outs: list[RecordedFile] = []


Entries = TypeAdapter(dict[str, Entry])


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The entries by stage; none where there is no file.

    Raises:
        DataError: the file is damaged.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, yaml.YAMLError):
        raise DataError(f"{path} is damaged; `make heal` mends it") from None


def read_outs(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What each stage made, by stage; empty while another process writes the file."""
    try:
        return {stage: entry.get("outs", []) for stage, entry in read(path).items()}
    except DataError:
        return {}


def find_own_inputs(text: str) -> dict[str, str]:
    """path -> hash of the files and folders of a person's own, in the text of a dvc.lock.

    Raises:
        ValueError, yaml.YAMLError: as `parse`.
    """
    deps = (dep for entry in parse(text).values() for dep in entry.get("deps", ()))
    return {dep["path"]: str(dep.get("md5")) for dep in deps if is_own(dep["path"])}


def parse(text: str) -> dict[str, dict[str, Any]]:
    """The entries in `text`, which must have the form that DVC writes.

    Raises:
        ValueError, yaml.YAMLError: it has not.
    """
    if "\t" in text:
        raise ValueError("a tab: the C loader takes it for a space, other readers refuse it")
    content = yaml.load(text, Loader)  # noqa: S506 - Loader is a safe one
    if not text.strip():
        return {}
    known = isinstance(content, dict) and content.keys() <= {"schema", "stages", "datasets"}
    if not known or content.get("schema") != "2.0":
        raise ValueError("not a lock file")
    entries = content.get("stages") or {}
    Entries.validate_python(entries)
    return entries


def split(text: str) -> tuple[str, dict[str, str]]:
    """The lines before the first entry, and every entry's own lines by its first one."""
    head, *blocks = ENTRY.split(text)
    lines = ["  " + block for block in blocks]
    return head, {line.split("\n", 1)[0].strip(" :'\""): line for line in lines}


def sort(path: Path, order: list[str]) -> None:
    """Put the entries into `order`; those of unknown stages keep theirs, at the end."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    head, blocks = split(text)
    rank = {stage: number for number, stage in enumerate(order)}
    stages = sorted(blocks, key=lambda stage: rank.get(stage, len(order)))
    ordered = head + "".join(blocks[stage] for stage in stages)
    # Only ever another order of the same content: whatever else this would do is not done.
    if ordered != text and head == HEAD and parse(ordered) == parse(text):
        write_text(path, ordered)


def salvage(text: str) -> str:
    """A valid lock file with the entries of a damaged one that are whole.

    What is lost is no loss: DVC restores it from its run cache without running anything.
    """
    kept = []
    for block in split(text)[1].values():
        try:
            parse(HEAD + block)
        except (ValueError, yaml.YAMLError):
            continue
        kept.append(block)
    # A cut file ends inside its last entry, which may still read well.
    if kept and not text.endswith("\n"):
        kept.pop()
    return HEAD + "".join(kept) if kept else ""
