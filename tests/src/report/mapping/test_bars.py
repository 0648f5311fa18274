import pytest

from crossmodal.report.mapping.bars import lay_out_bars
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from tests.src.report.mapping.test_verdict import made_up


def test_bars_go_from_the_papers_figure_to_ours():
    changes = {("conv_vae", "text", "double"): {"psnr": 15.0}}
    panels = lay_out_bars(made_up(changes))
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
