from crossmodal.data.mapping.classes import all_classes
from crossmodal.report.mapping.gallery import say
from crossmodal.report.mapping.sections import list_psnr, list_shares, make_misses, make_retrieval
from tests.pages import Page
from tests.src.report.mapping.test_verdict import made_up

KEY = ("conv_vae", "text", "double")


def test_when_all_reproduces_the_page_says_so():
    page = Page(make_misses(made_up({}), 0.3, 0.5).body)
    assert page.text.count("None in this run") == 3
    assert page.tables == {}


def test_each_rule_shows_what_it_found():
    changes = {KEY: {"psnr": 15.0, "read": 0.25}, ("mlp_ae", "speech", "colored"): {"read": 0.25}}
    page = Page(make_misses(made_up(changes), 0.3, 0.5).body)
    assert (
        "conv_vae , text, double: 15.00 dB, the paper has 15.82 ▼ \N{MINUS SIGN}0.82" in page.text
    )
    assert "mlp_ae , speech, colored: 25 % read right at 19.05 dB" in page.text.replace("\xa0", " ")
    orders = "conv_vae > mlp_vae > conv_ae > mlp_ae > direct mlp_vae > conv_vae > conv_ae"
    assert page.tables["disorder"][1][0] == "text, double"
    assert page.tables["disorder"][1][1].startswith(orders[:45])
    # conv_vae is near nothing: it is not listed among the unreadable.
    assert page.text.count("read right at") == 1


def test_equals_are_both_best():
    changes = {KEY: {"psnr": 15.734}, ("mlp_vae", "text", "double"): {"psnr": 15.7251}}
    cells = list_psnr(made_up(changes), "text", "double")
    assert [cell.best for cell in cells] == [False, True, True, False, False]
    assert [cell.best_in_paper for cell in cells] == [False, True, False, False, False]
    assert [cell.below for cell in cells] == [False, True, False, False, False]


def test_models_without_a_measure_have_no_row():
    changes = {
        (m, modality, d): {"retrieval": 0.5}
        for m in ("conv_vae", "mlp_ae")
        for modality in ("text", "speech")
        for d in ("double", "colored")
    }
    changes[KEY] = {"retrieval": 0.625, "retrieval_std": 0.125}
    cells = made_up(changes)
    rows = dict(list_shares(cells, "retrieval"))
    assert list(rows) == ["conv_vae", "mlp_ae"]
    assert (rows["conv_vae"][0].text, rows["conv_vae"][0].width) == ("62 ± 12", 62.5)
    assert rows["conv_vae"][0].best and not rows["mlp_ae"][0].best
    # Nobody has the other measure: an empty table, not an error.
    tables = Page(make_retrieval(cells).body).tables
    assert tables["shares-latent_retrieval"][1:] == []
    assert "shares-captioner_retrieval" not in tables


def test_words_of_a_class():
    assert say(all_classes("double")[75]) == "seven five"
    assert say(all_classes("colored")[75 * 9 + 2]) == "red seven blue five"
