"""The table of what is out of date names the thing itself, with what it was and what it is."""

import subprocess
import sys

from flows.tables import format_markdown, format_table
from flows.why import Reason, find_reasons, main, tell
from tests.flows.toy import Toy


def changes(toy: Toy) -> set[tuple[str, str, str]]:
    return {(r.stage, r.what, r.after) for r in find_reasons(toy.workspace)}


def test_new_stages_were_never_made(toy):
    assert find_reasons(toy.workspace) == [Reason(s, "never made") for s in toy.stages()]


def test_each_kind_of_change_is_named(finished):
    assert find_reasons(finished.workspace) == []
    finished.set_params(first=7)
    assert find_reasons(finished.workspace) == [Reason("first", "param first.value", "0", "7")]
    finished.set_params()
    (finished.root / "left.txt").unlink()
    assert changes(finished) == {
        ("left", "out left.txt", "deleted"),
        ("last", "dep left.txt", "deleted"),
    }
    finished.dvc("repro")
    text = (finished.root / "dvc.yaml").read_text()
    (finished.root / "dvc.yaml").write_text(text.replace("work.py right.txt", "work.py  right.txt"))
    assert find_reasons(finished.workspace) == [Reason("right", "command")]


def test_recorded_hash_of_a_changed_dep_is_shown(finished):
    with (finished.root / "work.py").open("a") as file:
        file.write("#")
    reasons = find_reasons(finished.workspace)
    assert {reason.stage for reason in reasons} == set(finished.stages())
    assert {(reason.what, reason.after) for reason in reasons} == {("dep work.py", "modified")}
    assert all(len(reason.before) == 8 for reason in reasons)


def test_command_line_prints_the_table_or_that_there_is_nothing(finished, monkeypatch, capsys):
    def why(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["why", *arguments])
        main()
        return capsys.readouterr().out

    finished.set_params(left=3)
    lines = why().splitlines()
    assert lines[0].split() == ["stage", "what", "from", "to"]
    assert lines[2].split() == ["left", "param", "left.value", "0", "3"]
    assert why("right") == "Nothing is out of date.\n"


def test_command_line_names_a_mistaken_stage_in_one_line(toy, project):
    command = [sys.executable, "-m", "flows.why", "rihgt"]
    paths = {"PYTHONPATH": f"{project}:{project / 'src'}", "PATH": ""}
    mistaken = subprocess.run(command, cwd=toy.root, env=paths, capture_output=True, text=True)
    assert mistaken.returncode == 1 and mistaken.stderr.startswith("why: rihgt is no stage")
    assert mistaken.stderr.count("\n") == 1


def test_tables_align_and_escape():
    rows = [{"a": "1", "longer": "x|y"}, {"a": "22", "longer": "z"}]
    assert format_table(rows) == "a   longer\n--  ------\n1   x|y\n22  z"
    assert format_markdown(rows).splitlines()[2] == "| 1 | x\\|y |"


def test_what_is_not_there_takes_a_line_and_what_changed_a_table():
    absent = [
        Reason("fetch", "never made"),
        Reason("train@a", "out models/a", "123", "not in cache"),
        Reason("train@b", "out models/b", "456", "deleted"),
        Reason("report", "dep models", "789", "deleted"),  # what `train` makes
    ]
    line = "Not made here, or deleted: fetch, train (2)"
    assert tell([]) == "Nothing is out of date." and tell(absent) == line
    changed = [
        Reason("embed", "param embed.size", "13", "12"),
        Reason("report", "dep models/c.json", "1", "2"),
        Reason("report", "dep templates", "789", "deleted"),  # no stage makes it
        Reason("shard", "input data/own/photos", "789", "deleted"),
    ]
    table, last = tell([*absent[:2], *changed, *absent[2:]]).split("\n\n")
    assert last == line
    assert [row.split()[0] for row in table.splitlines()[2:]] == [r.stage for r in changed]
