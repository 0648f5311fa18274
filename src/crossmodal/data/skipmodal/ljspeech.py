"""LJSpeech's layout: `metadata.csv` (id|text|normalized text, no quoting), `wavs/ID.wav`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.errors import DataError
from crossmodal.files import check_file, write_text

METADATA = "metadata.csv"
WAVS = "wavs"
MAX_BYTES = 2**30  # of the metadata
ID = re.compile(r"\w[\w.-]{0,200}", re.ASCII)


@dataclass(frozen=True)
class SpokenText:
    """One clip: its id, its file, its normalized text."""

    id: str
    path: Path
    text: str


def read_ljspeech(folder: Path, broken: BrokenInputs) -> list[SpokenText]:
    """All rows whose text can be used and whose wav is there, in order.

    Raises:
        DataError: the metadata are missing, no regular file, larger than 1 GiB, or cannot be read.
    """
    path = folder / METADATA
    check_file(path, MAX_BYTES)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    found: dict[str, SpokenText] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            try:
                row = read_row(folder, line, found.keys())
                found[row.id] = row
            except BrokenInput as error:
                broken.add(error.kind, f"{METADATA}: line {number}", str(error))
    return list(found.values())


def read_row(folder: Path, line: bytes, known: Iterable[str]) -> SpokenText:
    """One row of the metadata.

    Raises:
        BrokenInput: it has not three fields, its id is no file name or is another row's, its text
            cannot be used, or its wav is missing.
    """
    try:
        fields = line.decode("utf-8").rstrip("\r").split("|")
    except UnicodeDecodeError as error:
        raise BrokenInput("malformed row", f"not UTF-8: {error.reason}") from None
    if len(fields) != 3 or not ID.fullmatch(fields[0]):
        raise BrokenInput("malformed row", "not id|text|normalized text")
    if fields[0] in known:
        raise BrokenInput("malformed row", f"the id {fields[0]} is another row's")
    path = folder / WAVS / f"{fields[0]}.wav"
    text = clean_text(fields[2])
    if not path.is_file():
        raise BrokenInput("missing wav", f"no {WAVS}/{path.name}")
    return SpokenText(fields[0], path, text)


def write_metadata(folder: Path, texts: Iterable[tuple[str, str]]) -> None:
    """Write the rows of (id, text), whose wavs lie in the folder `wavs`."""
    rows = [f"{name}|{text}|{text}\n" for name, text in texts]
    assert all(row.count("|") == 2 and row.count("\n") == 1 for row in rows)
    write_text(folder / METADATA, "".join(rows))
