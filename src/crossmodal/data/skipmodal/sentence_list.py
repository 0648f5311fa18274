"""A person's own list of sentences, to be spoken: a table with a column of them, or lines."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from crossmodal.config.skipmodal.synthesis import TABLES
from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.data.skipmodal.vocabulary import split_words
from crossmodal.errors import DataError, one_line
from crossmodal.files import not_utf8, read_utf8

MAX_BYTES = 2**30
DELIMITERS = ",;\t|"
# What the column may be called; the first of these that is there counts.
HEADINGS = ("sentence", "sentences", "text", "texts", "caption", "captions")
Row = tuple[int, str]  # number of the line, and the sentence


class Layout(NamedTuple):
    """How a table is written, and where its sentences are."""

    delimiter: str
    column: int
    width: int
    heading: bool = False
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL


def read_sentences(path: Path, broken: BrokenInputs) -> tuple[list[str], int]:
    """The sentences of a list that can be said, in order, and how many are left out as repeated.

    Two sentences with the same words are one: no sentence is in two splits.

    Raises:
        DataError: the file is missing, larger than 1 GiB, not UTF-8, or a table without a column
            of sentences.
    """
    content = read_utf8(path, MAX_BYTES)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is {not_utf8(error)}; save it as UTF-8") from None
    table = path.suffix.lower() in TABLES
    rows = read_table(path, text, broken) if table else enumerate(text.splitlines(), start=1)
    found: dict[tuple[str, ...], str] = {}
    repeated = 0
    for number, row in rows:
        if not row.strip():
            continue
        broken.listed["rows"] += 1
        try:
            sentence = clean_text(row)
        except BrokenInput as error:
            broken.add("rows", error.kind, f"{path.name}: line {number}", str(error))
            continue
        words = tuple(split_words(sentence))
        repeated += words in found
        found.setdefault(words, sentence)
    return list(found.values()), repeated


def read_table(path: Path, text: str, broken: BrokenInputs) -> Iterator[Row]:
    """The sentences of a table; rows of another width are noted as broken.

    Raises:
        DataError: no column of sentences can be told, or quotes are not as they should be.
    """
    layout = find_layout(path, text)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=layout.delimiter, quoting=layout.quoting, strict=True)
    try:
        for number, cells in enumerate(filter(None, reader)):
            if layout.heading and number == 0:
                continue
            if layout.heading and layout.width == 1:
                cells = [layout.delimiter.join(cells)]  # with commas, but without quotes
            if len(cells) == layout.width:
                yield reader.line_num, cells[layout.column]
            elif layout.width == 1:
                raise no_column(path)
            else:
                broken.listed["rows"] += 1
                reason = f"{len(cells)} fields by {layout.delimiter!r}, not {layout.width}"
                broken.add("rows", "malformed row", f"{path.name}: line {reader.line_num}", reason)
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {one_line(error)}") from None


def find_layout(path: Path, text: str) -> Layout:
    """The column that is called so, else the last of LJSpeech's `id|text`, else the only one.

    Raises:
        DataError: the table has columns with other names.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in DELIMITERS:
        names = [name.strip(" \"'").casefold() for name in first.split(delimiter)]
        known = [name for name in HEADINGS if name in names]
        if known:
            return Layout(delimiter, names.index(known[0]), len(names), heading=True)
        if "id" in names and len(names) > 1:
            raise no_column(path)
    if "|" in first:
        return Layout("|", -1, first.count("|") + 1, quoting=csv.QUOTE_NONE)
    return Layout(",", 0, 1)


def no_column(path: Path) -> DataError:
    """What to raise where sentences cannot be told from other columns."""
    return DataError(
        f"{path} does not say which column has the sentences: call it {HEADINGS[0]!r} in the first "
        "line, or save a .txt file with one sentence a line"
    )
