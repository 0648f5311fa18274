"""Tables for terminals and for artifacts."""

from collections.abc import Mapping, Sequence

Row = Mapping[str, object]


def format_table(rows: Sequence[Row]) -> str:
    """Aligned columns, the first row's keys as heads."""
    heads = list(rows[0])
    cells = [heads, *([str(row[head]) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def format_markdown(rows: Sequence[Row]) -> str:
    """The same as a Markdown table."""
    heads = list(rows[0])
    cells = [heads, ["---"] * len(heads), *([escape(row[head]) for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def escape(value: object) -> str:
    """Text that cannot end a cell."""
    return str(value).replace("|", "\\|").replace("\n", " ")
