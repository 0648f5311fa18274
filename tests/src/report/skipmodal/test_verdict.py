"""What does not hold is found by the rules that the page states."""

import pandas as pd
import pytest

from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT
from crossmodal.report.skipmodal.paper import T1, T5, TABLES
from crossmodal.report.skipmodal.runs import Runs, part_chains
from crossmodal.report.skipmodal.sections import (
    fill_sheet,
    list_shares,
    make_additions,
    pick_points,
)
from crossmodal.report.skipmodal.verdict import TARGETS, find_swaps, judge_targets
from tests.src.report.skipmodal.test_tables import drawn, metrics, run


def variant_with(name, seed=0, **tasks):
    """A run; `tasks`: measures that differ, by task."""
    made = run(name, seed)
    for task, changes in tasks.items():
        made["splits"]["test"][task] |= changes
    return made


def as_in_the_paper():
    """Runs with the paper's own figures, wherever it has one."""
    made = {}
    for table in TABLES:
        for row in table.rows:
            for column, figure in zip(table.columns, row.paper, strict=False):
                if row.variant and figure is not None:
                    own = made.setdefault(row.variant, run(row.variant, 0))
                    changed = {column.measure: figure / column.scale}
                    own["splits"]["test"][column.task] |= changed
    return made


BOUNDS = dict.fromkeys(TARGETS, 0.1)


@pytest.mark.parametrize(
    ("wer", "reached"), [([0.1], True), ([0.1004], True), ([0.1006], False), ([0.05, 0.16], False)]
)
def test_an_error_is_to_be_low_as_it_is_printed(wer, reached):
    runs = Runs({f"ours-{seed}": run("ours", seed, each) for seed, each in enumerate(wer)})
    judged = judge_targets(runs, BOUNDS)[0]
    assert judged.reached is reached and judged.bound == "≤ 0.1"
    assert judged.label == "image to speech: WER"


def test_shares_are_to_be_high_and_what_was_not_run_is_neither():
    made = run("ours", 0)
    made["splits"]["binding"] = {"image_to_speech": metrics()}
    made["drawn"] = {"test": {"text_to_image": drawn(0.74), "speech_to_image": drawn(0.1)}}
    runs = {"ours-0": made}
    bounds = BOUNDS | {"binding_attributes": 0.8, "drawn_digits": 0.741, "drawn_colors": 0.5}
    judged = dict(zip(TARGETS, judge_targets(Runs(runs), bounds), strict=True))
    reached = {name: each.reached for name, each in judged.items()}
    chained = dict.fromkeys(("via_text_wer", "via_text_bleu1"))  # it says nothing by way of text
    assert reached == dict.fromkeys(TARGETS, True) | chained | {"drawn_digits": False}
    assert judged["drawn_digits"].bound == "≥ 0.741" and judged["drawn_digits"].ours == "0.740"
    assert "never seen together" in judged["binding_attributes"].label
    assert judged["drawn_colors"].label == "text to image: colours right"
    made["splits"]["test"][VIA_TEXT] = metrics(0.05)
    judged = dict(zip(TARGETS, judge_targets(Runs(part_chains(runs)), bounds), strict=True))
    assert (judged["via_text_wer"].reached, judged["via_text_wer"].ours) == (True, "0.050")
    assert judged["via_text_wer"].label == "image to speech, through its own text: WER"
    nothing = judge_targets(Runs({"paper-0": run("paper", 0)}), BOUNDS)
    assert {(each.reached, each.ours) for each in nothing} == {(None, "not run")}


def test_the_papers_own_figures_hold():
    swaps, pairs = find_swaps(Runs(as_in_the_paper()))
    # T1: 3 lines; T4: 5; T5: 2, which tie in the last column; T6: 3 each.
    assert (swaps, pairs) == ([], 5 * 3 + 2 * 10 + 2 + 3 + 3)


def test_a_swapped_pair_is_told_with_its_figures():
    made = as_in_the_paper()
    made["piecewise"] = variant_with("piecewise", image_to_speech={"wer": 0.02, "bleu1": 0.682})
    swaps, _ = find_swaps(Runs({v: made[v] for v in ("cyclegan", "piecewise", "paper")}))
    (swap,) = [swap for swap in swaps if swap.column == "WER"]
    assert (swap.table, swap.better, swap.worse) == ("T1", T1.rows[2].label, "Piecewise")
    assert (swap.paper, swap.ours) == ((3.9, 4.1), (3.9, 2.0))
    assert not any(swap.column == "B@1" for swap in swaps)


def test_ties_agree_with_any_order_as_printed():
    made = {name: variant_with(name) for name in ("cyclegan", "piecewise", "paper")}
    for number, each in enumerate(made.values()):
        each["splits"]["test"]["image_to_speech"]["wer"] += 1e-6 * number
    swaps, pairs = find_swaps(Runs(made))
    assert swaps == [] and pairs == 15


def test_a_sheet_has_each_line_once_and_says_what_is_missing():
    runs = Runs({"ours-0": run("ours", 0, 0.3), "cyclegan-0": run("cyclegan", 0, 0.2)})
    sheet = fill_sheet(T1, runs)
    assert [line[0] for line in sheet.lines] == ["CycleGAN", "Skip-modal, with our additions"]
    assert sheet.missing[0] == ["Piecewise", "68.2", "51.9", "39.2", "30.1", "4.1"]
    # Less WER is better; where BLEU is equal, the first.
    assert sheet.lines[0][1][-1] == ("12.1", "20.00", True)
    assert sheet.lines[1][1][-1] == ("–", "30.00", False)
    assert not any(best for _, cells, _ in fill_sheet(T5, runs).lines for _, _, best in cells)


def test_reasons_stand_below_the_sheet():
    sheet = fill_sheet(TABLES[1], Runs({"ours-0": run("ours", 0), "p-0": run("paper", 0)}))
    assert sheet.reasons == ["SPICE: no Java"]
    assert all("(" not in ours for _, cells, _ in sheet.lines for _, ours, _ in cells)


def test_a_mean_is_of_all_seeds_or_none():
    runs = Runs({f"ours-{seed}": run("ours", seed, 0.1 * seed) for seed in (1, 2)})
    assert runs.mean("ours", "test", "image_to_text", "wer") == pytest.approx(0.15)
    assert runs.mean("ours", "test", "image_to_text", "attributes.size") is None
    assert runs.mean("ours", "binding", "image_to_text", "wer") is None
    runs.metrics["ours-1"]["splits"]["test"]["image_to_text"]["wer"] = None
    assert runs.mean("ours", "test", "image_to_text", "wer") is None


def test_shares_of_who_has_them():
    cyclegan = run("cyclegan", 0)
    cyclegan["splits"]["test"] = {"image_to_speech": metrics() | {"attributes": {}}}
    runs = Runs({"ours-0": run("ours", 0), "cyclegan-0": cyclegan})
    rows = list_shares(runs, ["ours", "cyclegan"], "test", "image_to_speech")
    assert [name for name, _ in rows] == ["ours"]
    digit, _, size, *_ = rows[0][1]
    assert (digit.text, digit.width, digit.best) == ("90", 90.0, True)
    assert (size.text, size.width, size.best) == ("–", 0.0, False)
    assert list_shares(runs, ["ours", "cyclegan"], "binding", "image_to_text") == []


def test_additions_have_a_section_once_one_was_left_out():
    runs = {"ours-0": run("ours", 0)}
    assert make_additions(Runs(runs)) == []
    (section,) = make_additions(Runs(runs | {"without_order-0": run("without_order", 0)}))
    assert section.body.count("<tr>") == 3  # header, with all, without order
    assert "without normalize, without residual read" in section.body


def test_points_are_those_measured_and_error_rates_end_at_one():
    table = pd.DataFrame(
        {"step": [1, 2, 3], "text_a": [2.5, None, 1.5], "image_to_text_wer": [None, 4.0, 0.5]}
    )
    assert pick_points(table, "text_a") == [(1, 2.5), (3, 1.5)]
    assert pick_points(table, "image_to_text_wer") == [(2, 1.0), (3, 0.5)]
    assert pick_points(table, "mel") == []
