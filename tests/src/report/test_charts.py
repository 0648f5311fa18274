import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.report import charts

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


@pytest.mark.parametrize("points", [1, 2, 30])
def test_curves_of_any_length(points):
    curve = [(100.0 * (i + 1), 500.0 - i) for i in range(points)]
    panel = charts.lay_out_panel("a", {"x": curve, "y": curve})
    assert panel.title == "a" and panel.x_ticks and panel.y_ticks
    for drawn in panel.curves:
        assert len(drawn.points) == points
        assert all(charts.CURVES_LEFT < x < charts.CURVES_RIGHT for x, _ in drawn.points)
        assert all(charts.CURVES_TOP < y < charts.CURVES_BOTTOM for _, y in drawn.points)
        # Less is lower, that is, further down.
        assert [y for _, y in drawn.points] == sorted(y for _, y in drawn.points)


def test_small_values_have_plain_labels():
    labels = [label for _, label in charts.Axis(0, 0.25, 0, 1).mark(5)]
    assert labels == ["0", "0.05", "0.1", "0.15", "0.2", "0.25"]


def test_a_panel_keeps_the_order_of_models_without_points():
    panel = charts.lay_out_panel("a", {"x": [], "y": [(1, 2.0), (2, 1.0)]})
    assert [(curve.model, len(curve.points)) for curve in panel.curves] == [("x", 0), ("y", 2)]
