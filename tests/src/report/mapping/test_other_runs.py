"""The report of runs that have other data sets and models than the paper."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from crossmodal.report.mapping import figures
from crossmodal.report.mapping.bars import lay_out_bars
from crossmodal.report.mapping.figures import draw_bars, draw_curves
from crossmodal.report.mapping.model_card import write_card
from crossmodal.report.mapping.paper import list_figures
from crossmodal.report.mapping.sections import (
    list_psnr,
    list_shares,
    make_misses,
    make_opening,
    make_table,
)
from crossmodal.report.mapping.tables import (
    list_columns,
    list_models,
    tabulate_measures,
    write_measure_table,
    write_psnr_table,
)
from crossmodal.report.mapping.verdict import find_below, find_disorder, find_unread
from tests.pages import Page
from tests.src.report.mapping.test_model_card import VALUES

SEEN = {"psnr": 5.0, "psnr_std": 0.5, "read": 0.25}


def tabulate(datasets, models):
    """All alike: far below the paper, and hardly read."""
    return tabulate_measures(
        {d: {m: {"text": SEEN, "speech": SEEN} for m in models} for d in datasets}
    )


@pytest.fixture
def mixed():
    """One data set and one model that the paper has, and one of each that it has not."""
    return tabulate(("other", "double"), ("direct", "mine", "conv_vae"))


def test_tables_have_the_rows_and_columns_of_the_run(mixed):
    assert list_models(mixed) == ["direct", "mine", "conv_vae"]
    assert list_columns(mixed) == [
        ("text", "other"), ("text", "double"), ("speech", "other"), ("speech", "double"),
    ]  # fmt: skip
    header, _, *rows = write_psnr_table(mixed).splitlines()
    assert header.startswith("| PSNR in dB | text, other: paper | text, other: ours |")
    cells = "| – | 5.00 ± 0.50 |"
    assert rows == [
        f"| direct {cells} 14.73 {cells[4:]} – {cells[4:]} 15.26 {cells[4:]}",
        f"| mine {cells} – {cells[4:]} – {cells[4:]} – {cells[4:]}",
        f"| conv_vae {cells} 15.82 {cells[4:]} – {cells[4:]} 16.32 {cells[4:]}",
    ]
    assert write_measure_table(mixed, "Read", "read").splitlines()[0].count("|") == 6
    assert [model for model, _ in list_shares(mixed, "read")] == list_models(mixed)


def test_what_the_paper_has_not_is_no_verdict(mixed):
    known = [
        (model, modality, "double")
        for modality in ("text", "speech")
        for model in ("direct", "conv_vae")
    ]
    below = find_below(mixed, 0.3)
    assert [(miss.model, miss.modality, miss.dataset) for miss in below] == known
    assert [miss.model for miss in find_unread(mixed, 30, 0.5)] == [key[0] for key in known]
    swapped = mixed.copy()
    swapped.loc[swapped["model"] == "direct", "psnr"] = 6.0
    disorder = find_disorder(swapped)
    assert [(column.dataset, column.swapped, column.pairs) for column in disorder] == [
        ("double", [("conv_vae", "direct")], 1)
    ] * 2
    assert "all 2 columns agree" in Page(make_misses(mixed, 0.3, 0.5).body).text


def test_the_best_of_the_paper_is_among_what_it_has(mixed):
    cells = list_psnr(mixed, "text", "double")
    assert [cell.paper for cell in cells] == ["14.73", "–", "15.82"]
    assert [cell.best_in_paper for cell in cells] == [False, False, True]
    assert [bool(cell.difference) for cell in cells] == [True, False, True]
    assert not any(cell.best_in_paper for cell in list_psnr(mixed, "text", "other"))
    page = Page(make_table(mixed).body)
    assert "nan" not in page.text and page.mistakes == []
    # A label with a difference, and a mark of the paper, for each cell that it has; one in the key.
    classes = [value for _, name, value in page.attributes if name == "class"]
    assert classes.count("paper-dot") == 4 + 1 and classes.count("our-dot") == 12 + 1


def test_bars_without_the_papers_figure_share_the_scale(mixed):
    panel = lay_out_bars(mixed)[1]
    assert [bar.paper is None for bar in panel.bars] == [False, True, False]
    assert len({bar.ours for bar in panel.bars}) == 1
    assert [bar.label for bar in panel.bars][1] == "–"
    assert panel.bars[-1].y < panel.height < lay_out_bars(tabulate(["a"], "abcd"))[0].height


def test_a_run_of_nothing_that_the_paper_has(tmp_path):
    cells = tabulate(["other"], ["direct", "mine"])
    opening = Page(make_opening(cells, 0.3, {"other": 1200}, {"other": 16}, {}))
    assert "training images of other 1,200" in opening.text
    assert "the paper has" not in opening.text and "of table 1" not in opening.text
    misses = Page(make_misses(cells, 0.3, 0.5).body)
    assert misses.text.count("None in this run.") == 3
    assert "nan" not in Page(make_table(cells).body).text
    draw_bars(tmp_path / "bars.png", cells)
    assert (tmp_path / "bars.png").stat().st_size > 1000


def test_figures_draw_what_the_run_has(mixed, tmp_path, monkeypatch):
    drawn: list[Figure] = []
    monkeypatch.setattr(figures, "save_figure", lambda figure, path: drawn.append(figure))
    draw_bars(tmp_path / "bars.png", mixed)
    curve = pd.DataFrame({"images": [10, 20], "reconstruction": [500.0, 300.0]})
    # One name begins as the other does.
    draw_curves(
        tmp_path / "curves.png", {"double": {"a": curve}, "double_2": {"a": curve, "b": curve}}
    )
    bars, curves = drawn
    assert [axis.get_title() for axis in bars.axes] == [f"{m}, {d}" for m, d in list_columns(mixed)]
    texts = [text.get_text() for axis in bars.axes for text in axis.texts]
    assert texts.count("5.00") == 12 and texts.count("14.73") == 1 and "nan" not in texts
    assert [len(axis.lines) for axis in curves.axes] == [1, 2]


def test_figures_2_and_4_show_the_first_auto_encoder():
    models = [shown for _, _, shown in list_figures(["mine", "conv_vae"])]
    assert models == [("mine", "direct"), ("mine", "conv_vae", "direct"), ("mine", "direct")]


@pytest.mark.parametrize(("dataset", "model"), [("double", "mine"), ("colored", "mine")])
def test_the_card_of_a_model_that_the_paper_has_not(dataset, model):
    card = write_card(VALUES | {"name": f"{dataset}-{model}", "dataset": dataset})
    assert "| text to image | – | 15.78 ± 0.01 | 0.94 |" in card
    words, scope = ("seven five", "00 to 99, digit") if dataset == "double" else (
        "red seven blue five", "00 to 99 in red, green and blue, digit",
    )  # fmt: skip
    assert f'generate("{words}"' in card and scope in card


def test_measures_keep_their_values_beside_missing_ones(mixed):
    known = mixed.set_index("cell")
    assert np.isnan(known.loc["text other mine", "paper_psnr"])
    assert known.loc["speech double conv_vae", "paper_psnr"] == 16.32
    assert (mixed["psnr"] == 5.0).all()
