"""Bring the tables of the README and of docs/ up to date with what was measured.

Each stands between two markers and has at most six columns; all columns are in metrics/, records/
and benchmarks/results/.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from crossmodal.files import read_json, write_text
from crossmodal.report.mapping.paper import MODALITIES
from crossmodal.report.mapping.tables import list_models, pick_column, with_deviation
from crossmodal.report.skipmodal.runs import DIGIT_SCENES
from crossmodal.report.skipmodal.tables import PAPER
from crossmodal.report.tables import markdown_table
from pipeline.paths import METRICS
from pipeline.record_run import RECORDS

README = Path("README.md")
MAPPING_NOTEBOOK = Path("docs/mapping/notebook.md")
SKIPMODAL_NOTEBOOK = Path("docs/skipmodal/notebook.md")
BENCHMARKS = Path("benchmarks/results")
SEEDS = RECORDS / "skipmodal/skipmodal/tables.md"
# Of each file of benchmarks the columns that are shown, all where none are named.
COMPARED: dict[str, tuple[str, ...]] = {
    "trainings": ("plain torch", "Keras 3", "ours", "ours : plain", "epoch, ours"),
    "class_means": (
        "ratio",
        "difference of the losses",
        "seconds to the same loss, batches of 32 images",
        "seconds, class means",
        "ratio of the seconds",
    ),
    "data": (),
}
OURS = f"ours: {DIGIT_SCENES}"
SHOWN = ("WER", "B@1", "B@4")  # of table 1 of paper B
Table = list[list[str]]  # the header, then the rows


def main() -> None:
    """Rewrite the pages where a table differs."""
    for path, sections in collect_sections().items():
        page = path.read_text(encoding="utf-8")
        for name, text in sections.items():
            page = insert_section(page, name, text)
        write_text(path, page)


def insert_section(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of the section `name`."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = page.split(start)
    after = rest.split(end)[1]
    return f"{before}{start}{text}\n{end}{after}"


def collect_sections() -> dict[Path, dict[str, str]]:
    """Page -> marker -> Markdown, from metrics/, records/ and benchmarks/results/."""
    paper = write_data_sets(pd.read_csv(RECORDS / "paper/table1.csv"))
    return {
        README: {
            "paper": f"{paper}\n\n{describe_record()}",
            "skipmodal": find_table(METRICS / "skipmodal/tables.md", "T1", SHOWN),
        },
        MAPPING_NOTEBOOK: {
            "laptop": write_data_sets(pd.read_csv(METRICS / "table1.csv")),
            "speed": "\n\n".join(write_comparison(*each) for each in COMPARED.items()),
        },
        SKIPMODAL_NOTEBOOK: {
            "seeds": f"{find_table(SEEDS, 'T1', SHOWN)}\n\n{find_table(SEEDS, 'T4')}",
        },
    }


def write_data_sets(cells: pd.DataFrame) -> str:
    """Table 1 of paper A, one table for each data set, from the cells of `tabulate_measures`."""
    return "\n\n".join(write_data_set(cells, name) for name in cells["dataset"].unique())


def write_data_set(cells: pd.DataFrame, dataset: str) -> str:
    """PSNR of a data set, the paper's beside ours, and what the classifier reads right."""
    columns = [pick_column(cells, modality, dataset) for modality in MODALITIES]
    rows = []
    for model, *picked in zip(list_models(cells), *columns, strict=True):
        row = [model]
        for cell in picked:
            row += [with_deviation(cell, name, "{:.2f}") for name in ("paper_psnr", "psnr")]
        rows.append([*row, " / ".join(f"{cell['read']:.2f}" for cell in picked)])
    header = [f"{modality}: {who}" for modality in MODALITIES for who in ("paper", "ours")]
    return markdown_table([dataset, *header, f"read right, {' / '.join(MODALITIES)}"], rows)


def find_table(path: Path, name: str, shown: Collection[str] = ()) -> str:
    """The table of paper B whose title begins with `name`, and its title.

    shown: the measures to keep, in this order; the paper's figure and ours then share a cell.
    """
    parts = path.read_text(encoding="utf-8").strip().split("\n\n")
    start = next(i for i, part in enumerate(parts) if part.startswith(f"**{name}."))
    title, text = parts[start : start + 2]
    if not shown:
        return f"{title}\n\n{text}"
    header, *rows = read_table(text)
    pairs = [[header.index(f"{measure}, {who}") for who in (PAPER, OURS)] for measure in shown]
    folded = [[row[0], *(" / ".join(row[i] for i in pair) for pair in pairs)] for row in rows]
    return f"{title}\n\n{markdown_table([name, *(f'{m}, paper / ours' for m in shown)], folded)}"


def write_comparison(name: str, columns: Collection[str]) -> str:
    """The first table of a file of benchmarks, cut to these columns."""
    first = (BENCHMARKS / f"{name}.md").read_text(encoding="utf-8").strip().split("\n\n")[0]
    header, *rows = read_table(first)
    kept = [0, *(header.index(column) for column in columns or header[1:])]
    return markdown_table([header[i] for i in kept], [[row[i] for i in kept] for row in rows])


def read_table(text: str) -> Table:
    """The cells of a table in Markdown."""
    lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()]
    return [lines[0], *lines[2:]]


def describe_record() -> str:
    """A sentence about the run at the paper's sizes."""
    known = read_json(RECORDS / "paper/provenance.json")
    machine = known["machine"]
    return (
        f"From nothing to these tables: {known['wall_seconds'] / 60:.0f} minutes on "
        f"{machine['cores']} cores ({machine['processor']}, {machine['vectors']}, "
        f"{machine['memory_gib']} GiB, torch {machine['torch']}). No stage took more than "
        f"{known['peak_mib'] / 1024:.1f} GiB. Commit `{known['commit'][:10]}`; parameters, metrics "
        "and the time of every stage are in [records/paper](records/paper/provenance.json)."
    )


if __name__ == "__main__":
    main()
