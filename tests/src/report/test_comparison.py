from crossmodal.report.comparison import format_difference, order_pairs


def test_pairs_name_the_better_first_and_leave_out_equals():
    pairs = {("b", "a"), ("b", "c")}
    assert set(order_pairs({"a": 1.0, "b": 3.0, "c": 1.0})) == pairs


def test_a_difference_shows_its_sign():
    assert format_difference(-0.04) == "\N{MINUS SIGN}0.04"
    assert format_difference(0.96) == "+0.96"
