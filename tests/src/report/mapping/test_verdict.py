import pytest

from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from crossmodal.report.mapping.tables import tabulate_measures
from crossmodal.report.mapping.verdict import (
    find_below,
    find_disorder,
    find_unread,
    rank,
    subtract,
)


def made_up(changes):
    """The paper's own figures, all read right, but for {(model, modality, dataset): measures}."""
    table = {"double": {m: {} for m in MODELS}, "colored": {m: {} for m in MODELS}}
    for (model, modality, dataset), paper in TABLE_1.items():
        cell = {"psnr": paper, "read": 1.0, **changes.get((model, modality, dataset), {})}
        table[dataset][model][modality] = cell
    return tabulate_measures(table)


def test_the_papers_own_figures_reproduce():
    cells = made_up({})
    assert find_below(cells, 0) == find_unread(cells, 0.3, 0.5) == find_disorder(cells) == []


@pytest.mark.parametrize(
    ("ours", "found"),
    [(15.52, False), (15.5151, False), (15.51, True), (15.5149, True), (16.5, False), (3.0, True)],
)
def test_more_than_the_tolerance_below_as_printed(ours, found):
    key = ("conv_vae", "text", "double")
    below = find_below(made_up({key: {"psnr": ours}}), 0.3)
    assert [(m.model, m.modality, m.dataset) for m in below] == ([key] if found else [])
    if found:
        assert below[0].paper == 15.82 and below[0].difference == subtract(ours, 15.82) < -0.3


@pytest.mark.parametrize(
    ("psnr", "read", "found"),
    [
        (19.4, 0.49, True),
        (19.4, 0.5, False),
        (25.0, 0.0, True),
        (19.19, 0.49, True),
        (19.18, 0, False),
    ],
)
def test_near_but_unread(psnr, read, found):
    key = ("conv_vae", "text", "colored")
    unread = find_unread(made_up({key: {"psnr": psnr, "read": read}}), 0.3, 0.5)
    assert [(m.model, m.read) for m in unread] == ([("conv_vae", read)] if found else [])


def test_a_swapped_pair_is_disorder_and_names_both_orders():
    changes = {("conv_vae", "text", "double"): {"psnr": 15.7}}
    (column,) = find_disorder(made_up(changes))
    assert (column.modality, column.dataset) == ("text", "double")
    assert column.swapped == [("conv_vae", "mlp_vae")]
    assert column.paper[:2] == [["conv_vae"], ["mlp_vae"]]
    assert column.ours[:2] == [["mlp_vae"], ["conv_vae"]]


def test_a_tie_agrees_with_any_order():
    # In the paper direct and conv_ae share 15.26 dB from speech on double.
    for psnr in (15.25, 15.27):
        assert find_disorder(made_up({("direct", "speech", "double"): {"psnr": psnr}})) == []
    # Ours tie where the paper has an order: 15.734 is printed as 15.73.
    assert find_disorder(made_up({("conv_vae", "text", "double"): {"psnr": 15.734}})) == []


def test_everything_upside_down():
    changes = {key: {"psnr": 40 - value} for key, value in TABLE_1.items()}
    columns = find_disorder(made_up(changes))
    assert [(c.modality, c.dataset) for c in columns] == list(COLUMNS)
    # Ten pairs, less the tie of the paper.
    assert [len(c.swapped) for c in columns] == [10, 10, 9, 10]


def test_ranks_put_equals_together():
    assert rank({"a": 1.0, "b": 3.0, "c": 1.0}) == [["b"], ["a", "c"]]


def test_differences_of_printed_figures():
    assert subtract(15.7820, 15.82) == -0.04
