"""Paper B's tables: the paper's numbers as printed, ours beside them, gaps said so."""

import pytest

from crossmodal.evaluate.skipmodal.tasks import TASKS, VIA_TEXT
from crossmodal.report.skipmodal.paper import DISTINCT_WORDS, T1, T2, T4, T5, T6_SIZE, TABLES
from crossmodal.report.skipmodal.runs import Runs, part_chains, show
from crossmodal.report.skipmodal.tables import (
    tabulate_additions,
    tabulate_drawings,
    tabulate_limits,
    tabulate_retrieval,
    tabulate_vocabulary,
    write_attributes,
    write_table,
    write_tables,
)

# The tables of the paper's text, number by number, in reading order.
PRINTED = """
26.2 20.1 11.3 9.2 12.1 68.2 51.9 39.2 30.1 4.1 69.2 52.1 40.8 29.9 3.9
70.9 53.7 40.2 30.4 71.8 50.4 35.7 25.0 76.4 60.4 46.6 35.8 112.5 20.5 77.2 36.2 113.5 20.3
74.1 55.2 41.1 30.6 78.9 63.2 48.1 37.0 116.2 22.4 79.8 64.0 48.9 37.1 117.8 22.5
5.42 5.15 4.80 4.01 3.88 10.8 10.6 10.5 10.2 10.5
65.2 6.99 65.9 6.32 68.6 6.01 69.8 5.87 74.1 3.88
74.1 3.88 10.5 74.5 3.76 10.5
62.5 74.1 73.9 49.3 70.2 74.1
"""


def metrics(wer=0.1, spice=None):
    scores = dict.fromkeys(("bleu1", "bleu2", "bleu3", "bleu4"), 0.5)
    scores |= {"items": 9, "wer": wer, "cider": 1.5, "rouge_l": 0.4, "meteor": 0.3, "spice": spice}
    scores |= {
        "distinct_words": 40,
        "distinct_texts": 0.75,
        "reasons": {} if spice else {"spice": "no Java"},
    }
    return scores | {"attributes": {"digit": 0.9, "overall": 0.8, "size": None}}


def run(variant, seed, wer=0.1, **options):
    recall = {"queries": 14.0, "recall@1": 0.25, "chance@1": 0.01}
    return {
        "variant": variant,
        "seed": seed,
        "data": "digit scenes",
        "splits": {"test": {task: metrics(wer, **options) for task in TASKS}},
        "retrieval": {"test": {"image_to_speech": recall}},
    }


def drawn(digit, psnr=20.0, **attributes):
    kinds = ("color", "size", "relation", "count", "overall", "scenes")
    shares = dict.fromkeys(kinds, 0.5) | {"digit": digit} | attributes
    return {"items": 4, "attributes": shares, "psnr": psnr, "bright": 1.0}


DRAWN_LIMITS = {"test": {"pictures": drawn(0.97, 60.0), "wrong_pictures": drawn(0.12, 60.0)}}
RUNS = Runs({"ours-0": run("ours", 0, 0.1), "ours-1": run("ours", 1, 0.2), "p-0": run("paper", 0)})
NONE = Runs({})


def line(text, label):
    found = [line for line in text.splitlines() if line.startswith(f"| {label} |")]
    assert len(found) == 1, (label, text)
    return [cell.strip() for cell in found[0].strip("|").split("|")][1:]


def test_the_papers_numbers_are_those_printed():
    ours = [
        cell for table in TABLES for row in table.rows for cell in row.paper if cell is not None
    ]
    assert ours == [float(number) for number in PRINTED.split()]


def test_every_row_of_the_paper_has_a_cell_for_each_column():
    for table in TABLES:
        assert all(len(row.paper) in (0, len(table.columns)) for row in table.rows)
        labels = [row.label for row in table.rows]
        assert len(set(labels)) == len(labels)


def test_ours_stand_beside_the_papers_with_their_deviation():
    cells = line(write_table(T1, RUNS), "Skip-modal, as in the paper")
    assert cells[:2] == ["69.2", "50.00"] and cells[-3:] == ["3.9", "10.00", "1"]
    cells = line(write_table(T1, RUNS), "Skip-modal, with our additions")
    assert cells[-3:] == ["–", "15.00 ± 7.07", "2"]


def test_what_was_not_run_is_said():
    text = write_table(T1, RUNS)
    assert line(text, "CycleGAN")[:2] == ["26.2", "not run"]
    missing = "CycleGAN, Piecewise, Skip-modal, the form mended, Mended, through its own text, Ours"
    assert f"Left out at this scale: {missing}, through its own text." in text
    assert "Left out" not in write_table(T1, Runs({v: run(v, 0) for v in VARIANTS_OF_T1}))
    assert write_table(T1, RUNS, "binding").count("not run") > text.count("not run")


VARIANTS_OF_T1 = (
    "cyclegan",
    "piecewise",
    "paper",
    "mended",
    "mended_via_text",
    "ours",
    "ours_via_text",
)


def test_an_empty_cell_says_why():
    assert line(write_table(T2, RUNS), "Skip-modal, plain CNN")[-2] == "– (no Java)"
    scored = Runs({"paper-0": run("paper", 0, spice=0.2)})
    assert line(write_table(T2, scored), "Skip-modal, plain CNN")[-2] == "20.00"
    assert line(write_table(T2, scored), "UpDown")[:3] == ["77.2", "–", "–"]


def test_a_variant_may_be_another_ones_alias():
    aliased = Runs(RUNS.metrics, {"d_k_256": "ours", "mixed": "ours"})
    assert line(write_table(T6_SIZE, aliased), "Ours, 256")[1].startswith("50.00")
    assert line(write_table(T5, aliased), "Ours, mixing")[-1] == "2"


@pytest.mark.parametrize("runs", [RUNS, NONE])
def test_every_table_is_labelled_and_regular(runs):
    variants = ["paper", "ours", "cyclegan"]
    texts = [write_table(table, runs) for table in TABLES]
    texts += [write_attributes(runs, variants, "image_to_speech"), tabulate_limits({}).markdown]
    texts += [tabulate_additions(runs, "ours", ["contrast"], ["image_to_speech"]).markdown]
    texts += [tabulate_vocabulary(runs, variants).markdown]
    texts += [tabulate_retrieval(runs, "ours").markdown]
    texts += [tabulate_drawings(runs, DRAWN_LIMITS, variants).markdown]
    for text in texts:
        assert "digit scenes, not COCO" in text
        widths = {row.count("|") for row in text.splitlines() if row.startswith("|")}
        assert len(widths) == 1
    assert write_tables(runs).count("digit scenes, not COCO") == len(TABLES)


def test_figures_on_data_of_your_own_say_so():
    runs = Runs({"ours-0": {**run("ours", 0), "data": "own folders"}}, {})
    texts = [write_tables(runs), tabulate_vocabulary(runs, ["ours"]).markdown]
    texts += [tabulate_retrieval(runs, "ours").markdown]
    texts += [tabulate_limits({}, "test", runs.data).markdown]
    for text in texts:
        assert "Ours: own folders (split `test`)." in text
        assert "scenes" not in text and "never seen" not in text and "same digits" not in text


def test_attributes_by_kind():
    cells = line(write_attributes(RUNS, ["ours"], "image_to_text"), "ours")
    assert cells[0] == "0.90 ± 0.00" and cells[2] == "–"


def test_attributes_of_a_task_are_those_of_runs_that_have_it():
    baseline = run("cyclegan", 0)
    del baseline["splits"]["test"]["image_to_text"]
    runs, names = Runs({**RUNS.metrics, "c-0": baseline}), ["ours", "cyclegan"]
    assert line(write_attributes(runs, names, "image_to_speech"), "cyclegan")[0] == "0.90"
    assert "cyclegan" not in write_attributes(runs, names, "image_to_text")


def test_additions_vocabulary_retrieval_and_limits():
    text = tabulate_additions(RUNS, "ours", ["contrast"], ["image_to_text"]).markdown
    assert line(text, "with all") == ["0.15 ± 0.07", "0.80 ± 0.00", "0.75 ± 0.00"]
    assert line(text, "without contrast") == ["not run"] * 3
    left_out = {"mended_without_contrast-0": run("mended_without_contrast", 0)}
    of_mended = tabulate_additions(Runs(left_out), "mended", ["contrast"], ["image_to_text"])
    assert line(of_mended.markdown, "with all") == ["not run"] * 3
    assert line(of_mended.markdown, "without contrast") == ["0.10", "0.80", "0.75"]
    words = tabulate_vocabulary(RUNS, ["paper"]).markdown
    assert line(words, "paper") == [str(DISTINCT_WORDS["paper"]), "40"]
    found = tabulate_retrieval(RUNS, "paper").markdown
    assert line(found, "image to speech")[:3] == ["14", "0.25", "0.01"]
    assert line(found, "text to speech")[:3] == ["–", "–", "–"]
    limits = tabulate_limits({"test": {"original": metrics(0.02)}}).markdown
    assert line(limits, "ceiling: recordings, recognised")[0] == "0.02"
    assert line(limits, "floor: captions of other images")[0] == "not run"
    assert "copied" not in limits  # unless such pictures were compared
    limits = tabulate_limits({"test": {"nearest": metrics(0.02)}}).markdown
    assert limits.count("copied") == 1


def test_ablations_are_of_the_papers_model_and_of_ours():
    assert {row.variant for row in T4.rows} >= {"paper_without_memory", "without_memory", "ours"}


def test_no_mean_is_shown_over_fewer_seeds_than_were_run():
    assert show([0.5, None]) == "–" and show([float("nan")], reason="no jar") == "– (no jar)"
    assert show([]) == "not run" and show([0.5, 0.5], 100, 1) == "50.0 ± 0.0"


def chained(variant, seed, wer):
    """A run that also speaks of images by way of its own text."""
    made = run(variant, seed)
    for split in ("test", "binding"):
        made["splits"].setdefault(split, {})[VIA_TEXT] = metrics(wer)
    return made


def test_speech_by_way_of_text_is_a_variant_of_its_own_behind_the_networks():
    given = {"ours-0": chained("ours", 0, 0.05), "ours-1": chained("ours", 1, 0.15)}
    parted = part_chains({"paper-0": run("paper", 0), **given})
    assert list(parted) == ["paper-0", "ours-0", "ours_via_text-0", "ours-1", "ours_via_text-1"]
    for name, each in given.items():
        assert parted[name] is each
    second = parted["ours_via_text-1"]
    assert (second["variant"], second["seed"]) == ("ours_via_text", 1)
    assert second["data"] == given["ours-1"]["data"]
    assert second["splits"] == {s: {"image_to_speech": metrics(0.15)} for s in ("test", "binding")}
    runs = Runs(parted)
    table = write_table(T1, runs)
    assert line(table, "Ours, through its own text")[-2:] == ["10.00 ± 7.07", "2"]
    assert line(table, "Skip-modal, with our additions")[-2:] == ["10.00 ± 0.00", "2"]
    assert part_chains({"paper-0": run("paper", 0)}).keys() == {"paper-0"}


def test_what_is_found_in_drawn_pictures_stands_beside_its_limits():
    made = {f"ours-{seed}": run("ours", seed) for seed in (0, 1)}
    for digit, each in zip((0.8, 0.9), made.values(), strict=True):
        each["drawn"] = {"test": {"text_to_image": drawn(digit, 10 * digit, size=None)}}
    text = tabulate_drawings(Runs(made), DRAWN_LIMITS, ["paper", "ours"]).markdown
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert len(rows) == 2 + 1 + 2  # no line of who draws nothing
    cells = dict(zip(split_row(rows[0])[1:], line(text, "ours"), strict=True))
    assert cells["task"] == "text to image"
    assert cells["digit"] == "0.85 ± 0.07" and cells["size"] == "–"
    assert cells["psnr"] == "8.50 ± 0.71" and cells["bright"] == "1.00 ± 0.00"
    for label, share in (("ceiling: real pictures", "0.97"), ("floor: pictures of other", "0.12")):
        (row,) = [row for row in rows if row.startswith(f"| {label}")]
        assert share in row and "60.00" in row
    for each in made.values():
        each["data"] = "own folders"
    own = tabulate_drawings(Runs(made), {}, ["ours"]).markdown
    assert line(own, "ours")[1:] == ["8.50 ± 0.71", "1.00 ± 0.00"] and "MNIST" not in own
    nothing = tabulate_drawings(Runs({}), {}, ["ours"], "binding").markdown
    assert len([row for row in nothing.splitlines() if row.startswith("|")]) == 2


def split_row(row):
    return [cell.strip() for cell in row.strip("|").split("|")]
