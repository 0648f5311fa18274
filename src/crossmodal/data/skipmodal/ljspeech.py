"""LJSpeech's layout: `metadata.csv` (id|text|normalized text, no quoting), `wavs/ID.wav`.

The normalized text may be left out, and an id may have folders and the ending of its file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.listed_files import (
    find_file,
    id_to_name,
    is_id,
    name_to_id,
    name_what_is_there,
    why_no_file,
)
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.errors import DataError
from crossmodal.files import not_utf8, read_utf8, write_text

METADATA = "metadata.csv"
WAVS = "wavs"
MAX_BYTES = 2**30  # of the metadata
ENDING = ".wav"
# Looked for where there is no wav; an id may have one of them itself.
OTHER_ENDINGS = (".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm")
# What the first column is called by those who write a line of names on top.
HEADINGS = {"id", "name", "file", "filename", "file_name", "path", "wav", "audio", "audio_file"}


@dataclass(frozen=True)
class SpokenText:
    """One clip: its id, its file, its normalized text."""

    id: str
    path: Path
    text: str

    @property
    def name(self) -> str:
        """The id as the name of files that are made of the clip."""
        return id_to_name(self.id)


def read_ljspeech(folder: Path, broken: BrokenInputs) -> list[SpokenText]:
    """All rows whose text can be used and whose wav is there, in order.

    Raises:
        DataError: the metadata are missing, no regular file, larger than 1 GiB, cannot be read or
            are UTF-16, or no recording is there.
    """
    path = folder / METADATA
    if not (path.exists() or path.is_symlink()):
        raise DataError(f"{path} is missing; {name_what_is_there(folder)}")
    content = read_utf8(path, MAX_BYTES)
    found: dict[Path, SpokenText] = {}
    there, missing = False, ""
    for number, line in enumerate(content.split(b"\n" if b"\n" in content else b"\r"), start=1):
        if not line.strip() or (number == 1 and is_heading(folder, line)):
            continue
        broken.listed["rows"] += 1
        try:
            row = read_row(folder, line)
            there = True
            if row.path in found:
                reason = f"its recording is that of the row {found[row.path].id}"
                raise BrokenInput("malformed row", reason)
            found[row.path] = replace(row, text=clean_text(row.text))
        except BrokenInput as error:
            if error.kind == "missing wav":
                missing = missing or str(error)
            broken.add("rows", error.kind, f"{METADATA}: line {number}", str(error))
    if missing and not there:
        names = name_what_is_there(folder / WAVS)
        raise DataError(f"no recording of {path} is there: {missing}; {names}")
    return list(found.values())


def is_heading(folder: Path, line: bytes) -> bool:
    """Whether a line names the columns."""
    first = line.decode("utf-8", errors="replace").split("|")[0].strip()
    return first.casefold() in HEADINGS and find_recording(folder, first) is None


def read_row(folder: Path, line: bytes) -> SpokenText:
    """One row of the metadata, its text as it stands.

    Raises:
        BrokenInput: it has not two or three fields, its id is no file name, or its wav is missing.
    """
    try:
        fields = [field.strip() for field in line.decode("utf-8").split("|")]
    except UnicodeDecodeError as error:
        raise BrokenInput("malformed row", not_utf8(error)) from None
    if len(fields) not in (2, 3):
        reason = f"{len(fields)} fields by |, not id|text or id|text|normalized text"
        raise BrokenInput("malformed row", reason)
    own = fields[0].removeprefix(f"{WAVS}/")
    if own.lower().endswith(ENDING):
        own = own[: -len(ENDING)]
    if not is_id(own):
        raise BrokenInput("malformed row", "its id is empty, too long or has odd characters")
    try:
        path = find_recording(folder, own)
    except ValueError as error:
        raise BrokenInput("malformed row", f"its id {own}: {error}") from None
    if path is None:
        file = f"{WAVS}/{own}{ENDING}"
        raise BrokenInput("missing wav", f"{file} {why_no_file(folder / file)}")
    return SpokenText(own, path, fields[-1] or fields[1])


def find_recording(folder: Path, own: str) -> Path | None:
    """The file of an id, in the folder `wavs` or where the id leads from `folder`.

    Raises:
        ValueError: it leads out of the folder.
    """
    places = (folder / WAVS, folder)
    found = (find_file(places, own + ending) for ending in (ENDING, "", *OTHER_ENDINGS))
    return next(filter(None, found), None)


def recording_path(folder: Path, name: str) -> Path:
    """Where the recording of a sample is, of which `read_ljspeech` gave the name."""
    own = name_to_id(name)
    return find_recording(folder, own) or folder / WAVS / f"{own}{ENDING}"


def write_metadata(folder: Path, texts: Iterable[tuple[str, str]]) -> None:
    """Write the rows of (id, text), whose wavs lie in the folder `wavs`."""
    rows = [f"{name}|{text}|{text}\n" for name, text in texts]
    assert all(row.count("|") == 2 and row.count("\n") == 1 for row in rows)
    write_text(folder / METADATA, "".join(rows))
