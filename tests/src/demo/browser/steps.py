"""What a person does on the page and waits for, and when its tests run."""

import os
import re
import shutil

import pytest
from PIL import Image

from crossmodal.demo.fragments import UNSEEN
from tests.src.inference.conftest import make_image

driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = driver.expect

CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
# For a machine that does much else; nothing waits longer than it has to.
PATIENCE = 120_000  # ms
expect.set_options(timeout=PATIENCE)
ANYTHING = re.compile(".")

IN_CHROMIUM = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium; name it: CROSSMODAL_CHROMIUM"),
]


def expect_answer(page, tab, words, seen, sound=True, heard=None):
    """Wait until `tab` shows `words` with their mark, a picture, and what Whisper hears.

    heard: what that has to be; where it is None, the words.
    """
    card = page.locator(f"#{tab}-card")
    shown = card.locator(".cm-words")
    expect(shown).to_have_text(re.compile(f"^{words} "))
    assert (UNSEEN in shown.inner_text()) is not seen
    picture = card.locator("img")
    size = "async image => (await image.decode(), [image.naturalWidth, image.naturalHeight])"
    assert picture.evaluate(size) == [56, 28]
    assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    expect(card.locator("audio")).to_have_count(int(sound))
    if sound:
        expect_heard(page, tab, heard or words)
        assert card.locator("audio").evaluate("sound => sound.error === null")
    return picture.get_attribute("src")


def expect_heard(page, tab, heard):
    """Wait until Whisper has listened, and heard this."""
    said = page.locator(f"#{tab}-heard p").last
    expect(said).not_to_have_text(re.compile("listening"))
    expect(said).to_have_text(heard)


def choose(page, dataset, models, model):
    """Choose a data set, wait for its models, and choose one."""
    page.locator("#dataset").get_by_label(dataset, exact=True).check()
    expect(page.locator("#model label")).to_have_text(models)
    page.locator("#model").get_by_label(model, exact=True).check()


def open_tab(page, label, ready):
    """Open a tab, and wait for the text that says that it will not be emptied any more."""
    page.get_by_role("tab", name=label).click()
    page.get_by_text(ready).locator("visible=true").first.wait_for()


def upload_picture(page, path):
    Image.fromarray(make_image(("three", "eight"), 1)[0]).save(path)
    page.locator("#image-picture input[type=file]").set_input_files(path)
    page.locator("#image-picture img").wait_for()


def upload_recording(page, tab, path):
    with page.expect_file_chooser() as chooser:
        page.locator(f"#{tab}-upload").click()
    chooser.value.set_files(path)
    page.locator(f"#{tab}-sound").get_by_label("Play", exact=True).wait_for()
