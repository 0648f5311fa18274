"""Paper B's page of a small made-up run: what it says, and that it says so by itself."""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
import soundfile
import yaml

from crossmodal.data.skipmodal import spoken_corpus
from crossmodal.data.skipmodal.scene_json import kept_scenes
from crossmodal.errors import DataError, ParameterError
from crossmodal.evaluate.skipmodal.tasks import DRAWINGS, VIA_TEXT
from crossmodal.files import read_json, write_json
from crossmodal.report.skipmodal.paper import T1
from crossmodal.report.skipmodal.verdict import TARGETS
from pipeline import check_params
from pipeline.skipmodal import write_skipmodal_page
from pipeline.skipmodal.paths import IMAGE_TEXT
from pipeline.skipmodal.write_skipmodal_page import PAGE
from tests.pages import Page
from tests.pipeline.skipmodal.made_up_runs import ABLE, BLEUS, SPOKEN, Noise, write_runs

STAGE = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]["write_skipmodal_page"]
INPUTS = [path for path in STAGE["deps"] if not path.startswith(("data/code/", "src/"))]
CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="module")
def run(project, digits, tmp_path_factory):
    """A folder with what the stage depends on, and the cache of its pairs."""
    folder = tmp_path_factory.mktemp("skipmodal")
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setattr(spoken_corpus, "Hibari", Noise)
        write_runs(yaml.safe_load((project / "params.yaml").read_text()), digits)
    return folder


@pytest.fixture
def folder(run, tmp_path, monkeypatch):
    """A copy of the run to work in."""
    shutil.copytree(run, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_page():
    write_skipmodal_page.main()
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(run, folder, dirs_exist_ok=True)
    with chdir(folder):
        return write_page()


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def is_whole(page):
    """In order, complete by itself, and every link within it leads somewhere."""
    inner = {address for _, _, address in page.addresses if address.startswith("#")}
    return page.mistakes == page.outside() == [] and inner <= {f"#{i}" for i in page.ids}


def part(html, anchor):
    return html.split(f'<section id="{anchor}">')[1].split("</section>")[0]


def measured(run, variant, task, measure, split="test"):
    """The measure of every seed of a variant."""
    if variant == "ours_via_text":
        variant, task = "ours", VIA_TEXT
    files = sorted(run.glob(f"data/measures/skipmodal/runs/{variant}-*.json"))
    part = "drawn" if task in DRAWINGS else "splits"
    values = [read_json(file)[part][split][task] for file in files]
    kind, _, name = measure.rpartition(".")
    return [each[kind][name] if kind else each[name] for each in values]


def shown(values, scale, digits):
    values = [scale * value for value in values]
    deviation = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{fmean(values):.{digits}f}{deviation}"


def test_the_page_is_in_order_and_asks_for_nothing(page):
    assert is_whole(page)
    policy = [v for _, n, v in page.attributes if n == "content" and v.startswith("default-src")]
    assert policy and policy[0].startswith("default-src 'none'; img-src data:; media-src data:;")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; name it: CROSSMODAL_CHROMIUM")
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_it_plays_fits_and_asks_for_nothing(html, tmp_path, width):
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    asked, complaints = [], []
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, timeout=120_000)
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((tmp_path / "page.html").as_uri())
        # Wide tables scroll inside their own box.
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(LOAD_SOUND) == pytest.approx(900 / 16_000, abs=0.01)
        browser.close()
    assert [a for a in asked if not a.startswith("data:")] == [page.url]
    assert complaints == []


LOAD_SOUND = """async () => {
  const sound = document.querySelector("audio");
  sound.preload = "auto";
  sound.load();
  await new Promise((done, fail) => { sound.onloadedmetadata = done; sound.onerror = fail; });
  return sound.duration;
}"""


def test_every_cell_of_table_1_is_the_measures(page, run):
    rows = page.tables["sheet-1"][2:]
    variants = ("cyclegan", "paper", "ours", "ours_via_text")
    paper = {row.variant: row.paper for row in T1.rows}
    assert len(rows) == len(variants)
    for variant, (_, *cells, seeds) in zip(variants, rows, strict=True):
        ours = [measured(run, variant, "image_to_speech", name) for name in (*BLEUS, "wer")]
        assert cells[1::2] == [shown(values, 100, 2) for values in ours]
        assert cells[::2] == [f"{figure:g}" for figure in paper[variant]] or "ours" in variant
        assert seeds == ("2" if "ours" in variant else "1")


def test_what_was_not_run_is_folded_with_the_papers_figures(page):
    table = [row[:2] for row in page.tables["missing-1"]]
    of_mended = ["Skip-modal, the form mended", "Mended, through its own text"]
    assert table == [["T1", "B@1"], ["Piecewise", "68.2"], *([label, "–"] for label in of_mended)]
    assert all(row[0] != "Piecewise" for row in page.tables["sheet-1"])
    # Of table 5 each line but two was left out, and none is there twice.
    for number in range(1, 9):
        run, folded = page.tables[f"sheet-{number}"][2:], page.tables.get(f"missing-{number}", [])
        labels = [row[0] for row in [*run, *folded[1:]]]
        assert len(labels) == len(set(labels))
    assert "SPICE: no jar <here>." in page.text


def test_the_best_of_ours_is_bold(html, run):
    table = html[html.index('<table id="sheet-1"') :].split("</table>")[0]
    bold = re.findall(r'class="ours best">([\d.]+)', table)
    expected = []
    for measure, best in [*((name, max) for name in BLEUS), ("wer", min)]:
        means = [
            fmean(measured(run, v, "image_to_speech", measure)) for v in (*ABLE, "ours_via_text")
        ]
        expected.append(f"{100 * best(means):.2f}")
    assert sorted(bold) == sorted(expected)


def test_each_target_is_reached_or_not(page, run):
    bounds = yaml.safe_load((run / "params.yaml").read_text())["write_skipmodal_page"]["targets"]
    rows = page.tables["targets"][1:]
    assert len(rows) == len(bounds) == len(TARGETS)
    for (name, target), (_, bound, ours, reached) in zip(TARGETS.items(), rows, strict=True):
        values = measured(run, target.variant, target.task, target.measure, target.split)
        good = fmean(values) <= bounds[name] if "wer" in name else fmean(values) >= bounds[name]
        assert bound == f"{'≤' if 'wer' in name else '≥'} {bounds[name]:g}"
        assert ours == shown(values, 1, 3)
        assert reached.split()[-1] == ("yes" if good else "no")


def test_speech_can_be_heard_beside_what_it_should_say(page, run, html):
    listen = part(html, "listen")
    sounds = re.findall(r'<audio [^>]*src="data:audio/flac;base64,([^"]+)"', listen)
    # Images: three variants, one of them by its text too; texts: two; both splits.
    assert len(sounds) == 2 * SPOKEN * 4 + 2 * SPOKEN * 2
    kept = {path.name: path for path in run.glob("data/generated/skipmodal/ours-0/test/*/*.wav")}
    first = kept[min(kept)]
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(sounds[0])), dtype="int16")
    assert rate == 16_000
    assert np.abs(heard.astype(int) - soundfile.read(first, dtype="int16")[0]).max() <= 1
    assert Page(listen).elements.count("img") == 2 * SPOKEN
    assert "piecewise" not in listen.split("</dl>")[0]
    assert page.text.count("image to speech") >= 1


def test_what_was_heard_is_judged(html):
    for voice in part(html, "listen").split('<div class="voice">')[1:]:
        name = re.search(r'<p class="name">(\w+)</p>', voice)[1]
        marks = re.findall(r'unseen">(right|wrong)</span></span> (\d+) of (\d+)', voice)
        if name in ("ours", "ours_via_text"):
            assert marks and all(m == "right" and a == b != "0" for m, a, b in marks)
        elif name == "paper":
            assert marks and all(m == "wrong" and a == "0" for m, a, b in marks)
            assert "“a cow &amp; &lt;b&gt;”" in voice
        else:
            assert "no words" in voice and not marks and "wrote" not in voice


def test_pictures_of_sentences_stand_beside_real_ones_with_what_was_read_in_them(html, page, run):
    drawings = Page(part(html, "drawings"))
    # Of each of four items what two variants draw; captions have a real picture too.
    assert drawings.elements.count("img") == 4 * 3 + 4 * 2
    rows = {(row[0], row[1]): row[2:] for row in page.tables["drawn-1"][1:]}
    assert len(rows) == 2 * 2 + 2
    cells = rows["ours", "speech to image"]
    for cell, measure in ((0, "attributes.digit"), (-2, "psnr")):
        values = measured(run, "ours", "speech_to_image", measure)
        assert cells[cell] == shown(values, 1, 2)


def test_retrieval_names_what_is_found(html, page):
    rows = {row[0]: row[1:] for row in page.tables["recall-1"][1:]}
    assert rows["text to speech"][1:7] == ["0.25"] * 6 and set(rows["image to speech"]) == {"–"}
    found = part(html, "retrieval")
    assert found.count("<summary>image to speech</summary>") == 2  # ours and paper
    own = found.split("<summary>text to speech</summary>")[1].split("</details>")[0]
    marks = re.findall(r'unseen">(right|wrong)', own)
    # The vectors of a text and of its recording are one.
    assert marks == ["right", "wrong", "wrong"] * 4


def test_curves_and_figures_are_there(html):
    assert part(html, "curves").count('<figure class="chart">') == 2
    assert part(html, "alignments").count('<img class="plot"') == 5


def test_the_same_bytes_in_another_process(html, folder, project):
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "pipeline.skipmodal.write_skipmodal_page"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert PAGE.read_text(encoding="utf-8") == html


def test_what_is_heard_is_shown_not_obeyed(folder):
    path, evil = Path("data/transcripts/skipmodal/ours-0.json"), "\"'><script>alert(1)</script>"
    told = read_json(path)
    for task in told["test"].values():
        for each in task.values():
            each["said"] = evil
    write_json(path, told)
    page = Page(write_page())
    assert is_whole(page) and evil in page.text


def keep_runs(*names):
    params = yaml.safe_load(Path("params.yaml").read_text())
    kinds = {"networks": lambda n: "cyclegan" not in n, "cyclegans": lambda n: "cyclegan" in n}
    runs = {kind: list(filter(test, names)) for kind, test in kinds.items()}
    params["skipmodal"]["runs"] = {**runs, "all": list(names)}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    check_params.main()


def test_a_page_of_one_run_says_what_is_missing(folder):
    keep_runs("cyclegan-0")
    page = Page(html := write_page())
    assert is_whole(page)
    assert {row[2] for row in page.tables["targets"][1:]} == {"not run"}
    assert "No two lines of the paper were run" in page.text
    assert "No run in this report has its modalities in one space" in page.text
    assert "Text to speech" not in part(html, "listen")
    assert part(html, "listen").count("<audio") == 2 * SPOKEN


def test_where_scenes_are_unknown_nothing_is_judged(folder):
    for split in ("test", "binding"):
        kept_scenes(IMAGE_TEXT, split).unlink()
    html = write_page()
    voices = part(html, "listen").split("Text to speech")[0]
    assert is_whole(Page(html)) and "<audio" in voices and 'class="mark' not in voices


def test_a_page_about_data_of_your_own_says_so_and_has_no_targets(folder):
    for path in Path("data/measures/skipmodal/runs").glob("*.json"):
        write_json(path, {**read_json(path), "data": "own folders"})
    for split in ("test", "binding"):
        kept_scenes(IMAGE_TEXT, split).unlink()
    page = Page(write_page())
    assert is_whole(page) and "folders of your own" in page.text and "targets" not in page.tables
    assert "digit scenes" not in page.text and "coloured digits" not in page.text
    assert "attribute combinations" not in page.text and "never seen in training" in page.text
    assert "Which attributes" not in page.text


@pytest.mark.parametrize("path", INPUTS)
def test_whatever_is_missing_is_named_in_one_line(folder, path):
    (shutil.rmtree if Path(path).is_dir() else os.unlink)(path)
    with pytest.raises(DataError) as error:
        write_skipmodal_page.main()
    assert path in str(error.value) and "\n" not in str(error.value)
    assert not PAGE.parent.exists()


def test_nothing_is_written_from_wrong_parameters(folder):
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["write_skipmodal_page"]["targets"]["image_to_text_wer"] = 3
    Path("params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(ParameterError, match="image_to_text_wer = 3"):
        write_skipmodal_page.main()
    assert not PAGE.parent.exists()
