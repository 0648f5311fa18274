"""The page of plots takes nothing from anywhere: its scripts are those that DVC asks for."""

import os
import re
import shutil

import pytest

from crossmodal.errors import DataError
from pipeline import plots
from pipeline.dvc import run_dvc
from tests.flows.toy import CONFIG

CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
PATIENCE = 120_000  # ms
OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(["']?http""")


@pytest.fixture
def project(tmp_path):
    """A project of DVC with one plot."""
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)
    (tmp_path / ".dvc" / "config").write_text(CONFIG)
    (tmp_path / "bars.csv").write_text("cell,psnr\none,14.5\ntwo,16.5\n")
    (tmp_path / "dvc.yaml").write_text(
        "plots:\n  - bars:\n      template: bar_horizontal\n      x: psnr\n"
        "      y:\n        bars.csv: cell\n"
    )
    return tmp_path


@pytest.fixture
def packed(monkeypatch):
    """Packages as npm would deliver them, and which of them were asked for."""
    asked = []

    def pack(package, checksum, members, target):
        asked.append(package)
        for name in members.values():
            (target / name).write_text(f"script('{package}')")

    monkeypatch.setattr(plots, "pack_npm", pack)
    return asked


def show(project):
    """The page that `dvc plots show` writes."""
    run_dvc(project, "plots", "show")
    return (project / "dvc_plots" / "index.html").read_text()


def test_the_versions_are_those_that_dvc_asks_for(project):
    """So a newer DVC says here which scripts it needs."""
    page = show(project)
    assert OUTSIDE.search(page)
    assert sorted(re.findall(r'src="https://[^"]*/npm/([^"/]+)"', page)) == sorted(plots.SCRIPTS)


def test_the_page_holds_its_scripts_and_no_address(project, packed):
    plots.prepare_template(project)
    page = show(project)
    assert "14.5" in page and not OUTSIDE.search(page)
    for package in plots.SCRIPTS:
        assert page.count(f"script('{package}')") == 1
    plots.prepare_template(project)
    assert packed == [*plots.SCRIPTS]


def test_a_template_of_a_persons_own_stays(project, packed):
    run_dvc(project, "config", "plots.html_template", "mine.html")
    plots.prepare_template(project)
    assert not packed and run_dvc(project, "config", plots.SETTING).strip() == "mine.html"


def test_other_versions_take_the_place_of_older_ones(project, packed):
    run_dvc(project, "config", "--local", plots.SETTING, "tmp/plots-1-1-1.html")
    plots.prepare_template(project)
    assert run_dvc(project, "config", plots.SETTING).strip() == plots.TEMPLATE.as_posix()


@pytest.mark.parametrize("text", ["</script>", "</SCRIPT >", "{plot_divs}"])
def test_a_script_that_would_end_its_element_is_refused(project, monkeypatch, text):
    def pack(package, checksum, members, target):
        (target / "vega").write_text(text)

    monkeypatch.setattr(plots, "pack_npm", pack)
    with pytest.raises(DataError, match=r"vega@.* cannot stand inside a page"):
        plots.prepare_template(project)
    assert not (project / ".dvc" / plots.TEMPLATE).exists()


def test_without_npm_one_line_says_what_to_do(project, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
    with pytest.raises(
        DataError, match=r"npm is not installed; where there is a network"
    ) as raised:
        plots.prepare_template(project)
    assert "\n" not in str(raised.value)
    assert run_dvc(project, "config", plots.SETTING).strip() == ""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; name it: CROSSMODAL_CHROMIUM")
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_a_browser_draws_it_and_asks_nobody(project):
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    plots.prepare_template(project)
    page_file = project / "dvc_plots" / "index.html"
    assert not OUTSIDE.search(re.sub(r"(?s)<script>.*?</script>", "", show(project)))
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, timeout=PATIENCE)
        page = browser.new_page()
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_file.as_uri(), timeout=PATIENCE)
        page.locator(".vega-embed :is(svg, canvas)").first.wait_for(timeout=PATIENCE)
        browser.close()
    assert requests == [page_file.as_uri()]
