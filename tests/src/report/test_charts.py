import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.data.mapping.classes import DATASETS
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.report.mapping import charts
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from tests.src.report.mapping.test_verdict import made_up

NUMBERS = st.floats(-100, 1000)


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_all_values_stand_inside_in_their_order(values):
    axis = charts.fit_axis(values, 10, 300)
    places = [axis.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert places[0] >= 10 and places[-1] <= 300
    assert all(10 <= position <= 300 and label for position, label in axis.mark(5))


def test_an_axis_may_point_upwards_and_has_round_marks():
    axis = charts.Axis(0, 100, 200, 0)
    assert [axis.place(value) for value in (0, 25, 100)] == [200, 150, 0]
    assert axis.mark(5) == [
        (200, "0"),
        (160, "20"),
        (120, "40"),
        (80, "60"),
        (40, "80"),
        (0, "100"),
    ]
    assert charts.Axis(0, 40_000, 0, 1).mark(2)[-1][1] == "40\N{THIN SPACE}k"


def test_bars_go_from_the_papers_figure_to_ours():
    changes = {("conv_vae", "text", "double"): {"psnr": 15.0}}
    panels = charts.lay_out_bars(made_up(changes))
    assert [panel.title for panel in panels] == [f"{d}, from {m}" for m, d in COLUMNS]
    for panel, column in zip(panels, COLUMNS, strict=True):
        assert [bar.model for bar in panel.bars] == list(MODELS)
        for bar in panel.bars:
            moved = (bar.model, *column) in changes
            assert (bar.ours < bar.paper) == bar.below == moved
            assert bar.label == ("\N{MINUS SIGN}0.82" if moved else "+0.00")
    # Both columns of a data set have one scale.
    first, _, third, _ = (panel.bars[0] for panel in panels)
    distance = TABLE_1["direct", "speech", "double"] - TABLE_1["direct", "text", "double"]
    assert (third.paper - first.paper) / distance == pytest.approx(
        (panels[0].bars[2].paper - first.paper) / 1.0, rel=0.01
    )


@pytest.mark.parametrize("points", [1, 2, 30])
def test_curves_of_any_length(points):
    frame = pd.DataFrame(
        {
            "images": [100.0 * (i + 1) for i in range(points)],
            "reconstruction": [500.0 - i for i in range(points)],
        }
    )
    curves = {f"{dataset}-{model}": frame for dataset in DATASETS for model in AUTOENCODERS}
    for panel, dataset in zip(charts.lay_out_curves(curves), DATASETS, strict=True):
        assert panel.title == dataset and panel.x_ticks and panel.y_ticks
        for curve in panel.curves:
            assert len(curve.points) == points
            assert all(charts.CURVES_LEFT < x < charts.CURVES_RIGHT for x, _ in curve.points)
            assert all(charts.CURVES_TOP < y < charts.CURVES_BOTTOM for _, y in curve.points)
            # Less is lower, that is, further down.
            assert [y for _, y in curve.points] == sorted(y for _, y in curve.points)
