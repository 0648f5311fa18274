"""What may be wrong with a manifest or a tar file of records."""

import json
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

OTHER_TYPES = [pa.int64(), pa.float64(), pa.string(), pa.binary(), pa.bool_(), pa.list_(pa.int8())]
SMALLEST, LARGEST = -(2**31), 2**31 - 1


def set_value(column, place, value):
    """The column with one value changed, of its own type where the value fits that."""
    values = column.to_pylist()
    values[place] = value
    try:
        return pa.array(values, column.type)
    except (pa.ArrowException, TypeError, OverflowError, ValueError):
        return None


def not_utf8(column):
    """The column's texts with the first letter of all replaced by what no text has."""
    if pa.types.is_list(column.type):
        flat = not_utf8(column.combine_chunks().flatten())
        return flat and pa.ListArray.from_arrays(column.combine_chunks().offsets, flat)
    if not pa.types.is_string(column.type):
        return None
    values = [b"\xff" + (value or "").encode()[1:] for value in column.to_pylist()]
    binary = pa.array(values, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(values), binary.buffers())


def change_column(data, table):
    """The table with something wrong in one column, or None where that cannot be."""
    name = data.draw(st.sampled_from(table.column_names))
    column, index = table[name], table.column_names.index(name)
    place = data.draw(st.integers(0, len(table) - 1))
    kind = data.draw(st.sampled_from(["missing", "type", "value", "copied", "not UTF-8", "NaN"]))
    if kind == "missing":
        return table.drop_columns(name)
    if kind == "type":
        type = data.draw(st.sampled_from(OTHER_TYPES))
        changed = pa.nulls(len(table), type)
    elif kind == "value":
        values = [None, SMALLEST, -1, 0, 1, LARGEST, 2**15 - 1, "", "x", "../a.tar", "a\nb.tar"]
        values += [[float("nan")] * 4, [1e300] * 4, [], [None], [""], ["a", None], ["a\x00"]]
        changed = set_value(column, place, data.draw(st.sampled_from(values)))
    elif kind == "copied":
        other = data.draw(st.integers(0, len(table) - 1))
        changed = set_value(column, place, column[other].as_py())
    elif kind == "not UTF-8":
        changed = not_utf8(column)
    else:
        changed = pa.array([float("nan")] * len(table))
    return None if changed is None else table.set_column(index, name, changed)


def change_rows(data, table):
    """The table with rows in another order, some of them missing or there twice."""
    places = st.integers(0, len(table) - 1)
    rows = data.draw(st.one_of(st.permutations(range(len(table))), st.lists(places, max_size=30)))
    return table.take(pa.array(rows, pa.int64()))


JSON = st.recursive(
    st.sampled_from(
        [None, True, -1, 0, 1, 2**40, 1e300, float("nan"), "", "x", "train", "é\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def change_json(data, value):
    """A JSON value with one value in it replaced, taken away or repeated."""
    if isinstance(value, list | dict) and value and data.draw(st.integers(0, 4)):
        copy = value.copy()
        key = data.draw(st.sampled_from(range(len(copy)) if isinstance(copy, list) else list(copy)))
        if not data.draw(st.integers(0, 4)):
            del copy[key]
        elif isinstance(copy, list) and not data.draw(st.integers(0, 4)):
            copy.append(copy[key])
        else:
            copy[key] = change_json(data, copy[key])
        return copy
    return data.draw(JSON)


def damage_parquet(data, path: Path, key: str) -> None:
    """Write a file again with something wrong in its rows or in its metadata under `key`."""
    file = pq.ParquetFile(path)
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    table, content = file.read(), file.metadata.metadata[key.encode()]
    what = data.draw(st.sampled_from(["column", "rows", "metadata"]))
    if what == "metadata":
        text = json.dumps(change_json(data, json.loads(content)))
        content = data.draw(
            st.sampled_from([text.encode(), b"", b"{", b"\xff", b"[" * 10_000, None])
        )
    else:
        changed = (change_column if what == "column" else change_rows)(data, table)
        table = table if changed is None else changed
    table = table.replace_schema_metadata()
    with pq.ParquetWriter(path, table.schema) as writer:
        start = 0
        for size in sizes:
            writer.write_table(table.slice(start, size), row_group_size=max(size, 1))
            start += size
        if content is not None:
            writer.add_key_value_metadata({key.encode(): content})


def damage_tar(data, path: Path) -> None:
    """Change something in the header of a member, its checksum being right again."""
    with tarfile.open(path) as tar:
        member = data.draw(st.sampled_from(tar.getmembers()))
    content = bytearray(path.read_bytes())
    header = tarfile.TarInfo(member.name)
    header.size, header.mtime = member.size, 0
    kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
    kinds += [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE]
    if data.draw(st.booleans()):
        header.type = data.draw(st.sampled_from(kinds))
    else:
        header.size = data.draw(st.sampled_from([0, 1, member.size - 1, 2**31, 10 * 2**30, 2**60]))
    if data.draw(st.integers(0, 3)) == 0:
        header.name = data.draw(st.sampled_from(["", "x", "a\nb", "../a", "é" * 40, "__a__"]))
    content[member.offset : member.offset + 512] = header.tobuf(tarfile.GNU_FORMAT)[-512:]
    path.write_bytes(content)
