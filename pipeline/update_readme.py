"""Bring the README's tables up to date with what was measured, each between its two markers."""

from pathlib import Path

from crossmodal.files import read_json, write_text
from pipeline.paths import METRICS
from pipeline.record_run import RECORDS

README = Path("README.md")
BENCHMARKS = Path("benchmarks/results")
SEEDS = RECORDS / "skipmodal/skipmodal/tables.md"
COMPARED = ("trainings", "class_means", "data")


def main() -> None:
    """Rewrite README.md where a table differs."""
    readme = README.read_text(encoding="utf-8")
    for name, text in collect_sections().items():
        readme = insert_section(readme, name, text)
    write_text(README, readme)


def insert_section(readme: str, name: str, text: str) -> str:
    """The README with `text` between the markers of the section `name`."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = readme.split(start)
    after = rest.split(end)[1]
    return f"{before}{start}{text}\n{end}{after}"


def collect_sections() -> dict[str, str]:
    """Marker -> Markdown, from metrics/, records/ and benchmarks/results/."""
    speed = [first_tables(BENCHMARKS / f"{name}.md", 1) for name in COMPARED]
    return {
        "laptop": first_tables(METRICS / "table1.md", 2),
        "paper": f"{first_tables(RECORDS / 'paper/table1.md', 2)}\n\n{describe_record()}",
        "skipmodal": find_table(METRICS / "skipmodal/tables.md", "T1"),
        "seeds": "\n\n".join(find_table(SEEDS, name) for name in ("T1", "T4")),
        "speed": "\n\n".join(speed),
    }


def first_tables(path: Path, count: int) -> str:
    """The first tables of a Markdown file of tables."""
    return "\n\n".join(path.read_text(encoding="utf-8").strip().split("\n\n")[:count])


def find_table(path: Path, name: str) -> str:
    """The table whose title begins with `name`, and its title."""
    parts = path.read_text(encoding="utf-8").strip().split("\n\n")
    start = next(i for i, part in enumerate(parts) if part.startswith(f"**{name}."))
    return "\n\n".join(parts[start : start + 2])


def describe_record() -> str:
    """A sentence about the run at the paper's sizes."""
    known = read_json(RECORDS / "paper/provenance.json")
    machine = known["machine"]
    return (
        f"From nothing to these tables in {known['wall_seconds'] / 60:.0f} minutes on "
        f"{machine['cores']} cores ({machine['processor']}, {machine['vectors']}, "
        f"{machine['memory_gib']} GiB, torch {machine['torch']}); no stage took more than "
        f"{known['peak_mib'] / 1024:.1f} GiB. Commit "
        f"`{known['commit'][:10]}`; parameters, metrics and the time of every stage are in "
        "[records/paper](records/paper/provenance.json)."
    )


if __name__ == "__main__":
    main()
