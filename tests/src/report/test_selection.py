from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crossmodal.report.selection import spread, spread_inside


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_spread_is_even_and_without_repetition(total, count):
    rows = spread(total, count)
    assert len(rows) == len(set(rows)) == min(total, count)
    assert rows == sorted(rows) and rows[0] >= 0 and rows[-1] < total
    gaps = {b - a for a, b in pairwise(rows)}
    assert not gaps or max(gaps) - min(gaps) <= 1


@given(st.integers(0, 200), st.integers(1, 200))
def test_an_inner_spread_leaves_out_the_ends_where_it_can(total, count):
    rows = spread_inside(total, count)
    assert len(rows) == min(total, count) and set(rows) <= set(range(total))
    assert total <= 2 * count or (rows[0] > 0 and rows[-1] < total - 1)
