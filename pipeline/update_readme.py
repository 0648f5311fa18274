"""Copy table 1 from metrics/table1.md into README.md, between its two markers."""

from pathlib import Path

from crossmodal.files import write_text
from pipeline.paths import METRICS

README = Path("README.md")
START, END = "<!-- table 1 -->\n", "<!-- end of table 1 -->"


def insert_table(readme: str, tables: str) -> str:
    """The README with the first two tables (PSNR and reading) of `tables` between the markers."""
    before, rest = readme.split(START)
    after = rest.split(END)[1]
    shown = "\n\n".join(tables.split("\n\n")[:2])
    return f"{before}{START}{shown}\n{END}{after}"


if __name__ == "__main__":
    tables = (METRICS / "table1.md").read_text(encoding="utf-8")
    write_text(README, insert_table(README.read_text(encoding="utf-8"), tables.strip()))
