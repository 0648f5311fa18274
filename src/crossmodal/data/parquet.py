"""Reading Parquet files with JSON in their metadata; nothing of them is believed unchecked."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

Columns = Mapping[str, pa.DataType]
Values = TypeVar("Values")
# What pyarrow raises for bytes that it cannot make sense of.
MALFORMED = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, ArithmeticError)


class ParquetReader:
    """A Parquet file that is opened; `path` for messages, `file` for its numbers of rows."""

    def __init__(self, path: Path) -> None:
        """Raises DataError where it is missing, no regular file, or not Parquet."""
        self.path = path
        size = check_file(path)
        try:
            self.file = pq.ParquetFile(path, page_checksum_verification=True)
        except MALFORMED as error:
            raise self.damaged(one_line(error)) from None
        # A row has a byte at least; a damaged file may claim any number of them.
        if not 0 < self.file.metadata.num_rows <= size:
            raise self.damaged(f"it has {self.file.metadata.num_rows:,} rows")

    def damaged(self, reason: str) -> DataError:
        """The error to raise for what is wrong with it."""
        return DataError(f"{self.path} is damaged: {reason}")

    def read_metadata(self, key: str, type: TypeAdapter[Values]) -> Values:
        """What the writer said of the whole, as JSON under `key`.

        Raises:
            DataError: it is missing, or is not as the type asks.
        """
        content = (self.file.metadata.metadata or {}).get(key.encode())
        if content is None:
            raise self.damaged(f"its metadata have no {key!r}")
        try:
            return type.validate_json(content, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(map(str, [key, *first["loc"]]))
            raise self.damaged(one_line(f"{place}: {first['msg']}")) from None

    def read(self, columns: Columns, row_group: int | None = None) -> pa.Table:
        """Some columns of one row group, or of all; no value is null and every text is UTF-8.

        Raises:
            DataError: a column is missing or of another type, or holds something else.
        """
        self.check_types(columns)
        try:
            if row_group is None:
                table = self.file.read(list(columns))
            else:
                table = self.file.read_row_group(row_group, list(columns))
        except MALFORMED as error:
            raise self.damaged(one_line(error)) from None
        return self.check(table)

    def batches(self, columns: Columns, size: int) -> Iterator[pa.RecordBatch]:
        """The same of `size` rows at a time."""
        self.check_types(columns)
        batches = self.file.iter_batches(size, columns=list(columns))
        try:
            while (batch := next(batches, None)) is not None:
                yield self.check(batch)
        except MALFORMED as error:
            raise self.damaged(one_line(error)) from None

    def check_types(self, columns: Columns) -> None:
        """Each column is there once and is of its type; raises DataError."""
        found = self.file.schema_arrow
        for name, type in columns.items():
            if found.names.count(name) != 1 or found.field(name).type != type:
                raise self.damaged(f"it has no column {name} of type {type}")

    def check(self, table: Any) -> Any:
        """A table or batch, in which no value is null and every text is UTF-8; raises DataError."""
        try:
            table.validate(full=True)
        except MALFORMED as error:
            raise self.damaged(one_line(error)) from None
        for name, column in zip(table.schema.names, table.columns, strict=True):
            column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            parts = column.flatten() if pa.types.is_nested(column.type) else column
            if column.null_count or parts.null_count:
                raise self.damaged(f"{name} has empty values")
        return table
