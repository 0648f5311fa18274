"""The page as a person uses it, in Chromium: every direction, and not a word to other hosts."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.demo.fragments import UNSEEN
from tests.src.inference.conftest import make_image

CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
SECONDS = 60_000  # ms

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium; name it: CROSSMODAL_CHROMIUM"),
]


@pytest.fixture(scope="module")
def spoken(studio, tmp_path_factory):
    """ "four two" as a stereo file, as some browsers record."""
    path = tmp_path_factory.mktemp("spoken") / "four-two.wav"
    samples = studio.speak("double-mlp_ae", "four two").samples
    samples = np.pad(samples, 12_000)
    soundfile.write(path, np.stack([samples] * 2, axis=1), 24000, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def browser(spoken):
    """Chromium, whose microphone hears "four two" again and again."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    fakes = ("device-for-media-stream", "ui-for-media-stream")
    options = [f"--use-fake-{name}" for name in fakes]
    options.append(f"--use-file-for-fake-audio-capture={spoken}")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390])
def page(browser, address, request):
    """The page, ready, at both widths; afterwards nothing may have gone wrong or outside."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.goto(address)
    page.locator("#text-card img").wait_for()
    yield page
    assert page.evaluate("document.body.scrollWidth") <= request.param
    assert page.locator("text=Traceback").count() == 0
    context.close()
    allowed = (address, "data:", f"blob:{address}")
    assert requests and [url for url in requests if not url.startswith(allowed)] == []
    assert errors == []


def expect_answer(page, tab, words, seen, heard=True):
    """Wait until `tab` shows `words` with their mark, a picture, and what Whisper hears."""
    card = page.locator(f"#{tab}-card")
    card.locator(".cm-words", has_text=re.compile(f"^{words} ")).wait_for()
    assert (UNSEEN in card.locator(".cm-words").inner_text()) is not seen
    picture = card.locator("img")
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [56, 28]
    assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    assert card.locator("audio").count() == int(heard)
    if heard:
        page.locator(f"#{tab}-heard b", has_text=re.compile(f"^{words}$")).wait_for()
        assert card.locator("audio").evaluate("sound => sound.error === null")
    return picture.get_attribute("src")


def open_tab(page, label):
    page.get_by_role("tab", name=label).click()


def test_words_to_picture_and_speech(page):
    before = expect_answer(page, "text", "zero seven", seen=False)
    page.locator("#text-words textarea, #text-words input").fill("seven 5")
    page.locator("#text-make").click()
    after = expect_answer(page, "text", "seven five", seen=True)
    assert after != before
    assert page.locator("#text-nearest img").count() == 6
    # The lists have followed, and lead the words in turn.
    left = page.get_by_label("Left digit")
    assert left.input_value() == "seven"
    left.click()
    page.get_by_role("option", name="four").click()
    page.wait_for_function(
        "() => document.querySelector('#text-words :is(textarea, input)').value == 'four five'"
    )
    page.locator("#text-words textarea, #text-words input").press("Enter")
    expect_answer(page, "text", "four five", seen=True)
    page.locator("#text-unseen").click()
    page.locator("#text-card .cm-words .cm-unseen").wait_for()


def test_speech_to_picture_and_words(page, spoken):
    open_tab(page, "Speech")
    page.get_by_label("Or let the voice").click()
    page.get_by_role("option", name=re.compile("zero seven")).click()
    expect_answer(page, "speech", "zero seven", seen=False)
    page.locator("#speech-sound").get_by_label("Upload file").click()
    page.locator("#speech-sound input[type=file]").set_input_files(spoken)
    page.locator("#speech-sound [data-testid^=waveform]").wait_for()
    page.locator("#speech-make").click()
    expect_answer(page, "speech", "four two", seen=False)
    assert "Words found for it" in page.locator("#speech-card").inner_text()


def test_microphone(page):
    open_tab(page, "Speech")
    page.locator("#speech-sound").get_by_text("Record", exact=True).click()
    page.wait_for_timeout(4000)
    page.locator("#speech-sound .stop-button").click()
    page.locator("#speech-sound [data-testid^=waveform]").first.wait_for()
    page.locator("#speech-make").click()
    # What is said again and again is cut anywhere: words are heard, or too many of them.
    page.locator("#speech-card .cm-words, #speech-card [role=alert]").wait_for()
    said = page.locator("#speech-card").inner_text()
    assert "four" in said or "words were heard" in said


def test_picture_to_words_and_speech(page, tmp_path):
    open_tab(page, "Picture")
    for gallery, split in ((0, "never seen"), (1, "seen")):
        choice = page.locator(".cm-gallery").nth(gallery).locator("button").first
        words = choice.inner_text().strip()
        choice.click()
        shown = page.locator("#image-card", has_text=f"The picture shows {words}")
        shown.wait_for()
        assert page.locator("#image-card audio").count() == 1, split
        page.locator("#image-heard b").wait_for()
    Image.fromarray(make_image(("three", "eight"), 1)[0]).save(tmp_path / "38.png")
    before = page.locator("#image-card img").get_attribute("src")
    page.locator("#image-picture input[type=file]").set_input_files(tmp_path / "38.png")
    page.locator("#image-picture img").wait_for()
    page.locator("#image-make").click()
    page.wait_for_function(
        "before => document.querySelector('#image-card img').src != before", arg=before
    )
    words = page.locator("#image-card .cm-words").inner_text().split("\n")[0]
    assert words.startswith("three eight")


def test_mistakes_are_answered_in_the_page(page, tmp_path):
    page.locator("#text-words textarea, #text-words input").fill("<b>${1 + 1}</b> {{words}}")
    page.locator("#text-make").click()
    notice = page.locator("#text-card [role=alert]")
    notice.wait_for()
    assert "<b>${1 + 1}</b> {{words}}" in notice.inner_text()
    open_tab(page, "Speech")
    page.locator("#speech-make").click()
    page.locator("#speech-card [role=alert]", has_text="no recording yet").wait_for()
    open_tab(page, "Picture")
    page.locator("#image-make").click()
    page.locator("#image-card [role=alert]", has_text="no picture yet").wait_for()
    Path(tmp_path / "two.png").write_bytes(b"no picture")
    page.locator("#image-picture input[type=file]").set_input_files(tmp_path / "two.png")
    page.locator("#image-picture img").wait_for(state="attached")
    page.locator("#image-make").click()
    page.locator("#image-card [role=alert]", has_text="“two.png” is neither PNG").wait_for()
