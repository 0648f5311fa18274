"""The page as a person uses it, in Chromium: every direction, and not a word to other hosts."""

import re
from pathlib import Path

import numpy as np
import pytest

from crossmodal.data.torchaudio_backend import resample
from tests.src.cli.good_files import write_scene
from tests.src.data.encoded_audio import encode
from tests.src.demo.browser.steps import (
    ANYTHING,
    IN_CHROMIUM,
    choose,
    expect,
    expect_answer,
    expect_heard,
    open_tab,
    upload_picture,
    upload_recording,
)
from tests.src.inference.skipmodal.small_bundles import SEEN, SIDE

TYPED = "#text-words textarea, #text-words input"

pytestmark = IN_CHROMIUM


def test_words_to_picture_and_speech(page):
    before = expect_answer(page, "text", "zero seven", seen=False)
    page.locator(TYPED).fill("seven 5")
    page.locator("#text-make").click()
    after = expect_answer(page, "text", "seven five", seen=True)
    assert after != before
    expect(page.locator("#text-nearest img")).to_have_count(6)
    # The lists have followed, and lead the words in turn.
    left, right = page.get_by_label("Left digit"), page.get_by_label("Right digit")
    expect(left).to_have_value("seven")
    expect(right).to_have_value("five")
    left.click()
    page.get_by_role("option", name="four").click()
    expect(page.locator(TYPED)).to_have_value("four five")
    page.locator(TYPED).press("Enter")
    expect_answer(page, "text", "four five", seen=True)
    page.locator("#text-unseen").click()
    page.locator("#text-card .cm-words .cm-unseen").wait_for()
    expect_heard(page, "text", ANYTHING)


def test_speech_to_picture_and_words(page, spoken):
    open_tab(page, "Speech", "Say two digits")
    page.get_by_label("Or let the voice").click()
    page.get_by_role("option", name=re.compile("zero seven")).click()
    expect_answer(page, "speech", "zero seven", seen=False)
    upload_recording(page, "speech", spoken)
    page.locator("#speech-make").click()
    expect_answer(page, "speech", "four two", seen=False)
    assert "Words found for it" in page.locator("#speech-card").inner_text()


# By their suffix a browser calls webm and mp4 video; it does not know amr's container 3gp at all.
@pytest.mark.parametrize("suffix", [".m4a", ".ogg", ".mp3", ".webm", ".mp4", ".3gp"])
def test_recordings_of_phones_are_taken(page, studio, tmp_path, suffix):
    samples = np.pad(studio.speak("double-mlp_ae", "four two").samples, 12_000)
    path = encode(tmp_path / f"four-two{suffix}", resample(samples, 24_000, 48_000))
    open_tab(page, "Speech", "Say two digits")
    upload_recording(page, "speech", path)
    page.locator("#speech-make").click()
    expect_answer(page, "speech", "four two", seen=False)


def test_microphone(page):
    open_tab(page, "Speech", "Say two digits")
    sound, make = page.locator("#speech-sound"), page.locator("#speech-make")
    sound.get_by_text("Record", exact=True).click()
    sound.get_by_text(re.compile("^0:(0[4-9]|[1-5][0-9])$")).wait_for()
    # The recording is shown before the server has it; only then may one ask about it.
    uploads = []
    page.route("**/upload*", lambda route: uploads.append(route))
    with page.expect_request("**/upload*"):
        sound.locator(".stop-button").click()
    sound.get_by_label("Play", exact=True).wait_for()
    expect(make).to_be_disabled()
    uploads.pop().continue_()
    make.click()
    # What is said again and again is cut anywhere: words are heard, or too many of them.
    answer = page.locator("#speech-card").locator(".cm-words, [role=alert]")
    expect(answer).to_have_text(re.compile("four|two|words were heard|without silence"))


def test_picture_to_words_and_speech(page, tmp_path):
    open_tab(page, "Picture", "zero seven")
    card = page.locator("#image-card")
    for gallery in page.locator(".cm-gallery").all():
        choice = gallery.locator("button").first
        words = choice.inner_text().strip()
        choice.click()
        expect(card).to_contain_text(f"The picture shows {words}")
        expect(card.locator("audio")).to_have_count(1)
        expect_heard(page, "image", ANYTHING)
    before = card.locator("img").get_attribute("src")
    upload_picture(page, tmp_path / "38.png")
    page.locator("#image-make").click()
    expect(card.locator("img")).not_to_have_attribute("src", before)
    expect(card.locator(".cm-words")).to_have_text(re.compile("^three eight "))
    expect_heard(page, "image", ANYTHING)


def test_coloured_digits_in_every_direction(page):
    """Whisper may mishear four words; what it heard is shown all the same."""
    choose(page, "coloured digits", ["mlp_ae"], "mlp_ae")
    expect_answer(page, "text", "red zero red seven", seen=False, heard=ANYTHING)
    expect(page.get_by_label("Right colour")).to_be_visible()
    page.locator("#text-seen").click()
    page.locator("#text-card .cm-words .cm-seen").wait_for()
    expect_heard(page, "text", ANYTHING)
    open_tab(page, "Speech", "Say colour, digit")
    page.get_by_label("Or let the voice").click()
    page.get_by_role("option", name=re.compile("red zero red seven")).click()
    expect_answer(page, "speech", "red zero red seven", seen=False, heard=ANYTHING)
    open_tab(page, "Picture", "red zero red seven")
    page.locator(".cm-gallery button", has_text="red zero red seven").click()
    expect(page.locator("#image-card")).to_contain_text("The picture shows red zero red seven")
    expect_heard(page, "image", ANYTHING)


def test_the_baseline_makes_pictures_only(page, tmp_path):
    open_tab(page, "Picture", "zero seven")
    choose(page, "digits", ["direct", "mlp_ae"], "direct")
    expect(page.locator(".cm-gallery button:visible")).to_have_count(0)
    upload_picture(page, tmp_path / "38.png")
    page.locator("#image-make").click()
    expect(page.locator("#image-card [role=alert]")).to_contain_text("take another model")
    page.get_by_role("tab", name="Words").click()
    page.locator("#text-card audio").wait_for(state="detached")
    expect_answer(page, "text", "zero seven", seen=False, sound=False)


def test_mistakes_are_answered_in_the_page(page, tmp_path):
    page.locator(TYPED).fill("<b>${1 + 1}</b> {{words}}")
    page.locator("#text-make").click()
    notice = page.locator("#text-card [role=alert]")
    expect(notice).to_contain_text("<b>${1 + 1}</b> {{words}}")
    open_tab(page, "Speech", "Say two digits")
    page.locator("#speech-make").click()
    expect(page.locator("#speech-card [role=alert]")).to_contain_text("no recording yet")
    open_tab(page, "Picture", "zero seven")
    page.locator("#image-make").click()
    notice = page.locator("#image-card [role=alert]")
    expect(notice).to_contain_text("no picture yet")
    Path(tmp_path / "two.png").write_bytes(b"no picture")
    page.locator("#image-picture input[type=file]").set_input_files(tmp_path / "two.png")
    page.locator("#image-picture img").wait_for(state="attached")
    page.locator("#image-make").click()
    expect(notice).to_contain_text("“two.png” cannot be read: neither PNG")


def expect_scene(page, tab, headline):
    """Wait until `tab` shows a picture, speech, and what Whisper hears; the words of the card."""
    card = page.locator(f"#{tab}-card")
    expect(card).to_contain_text(headline)
    size = "async image => (await image.decode(), [image.naturalWidth, image.naturalHeight])"
    assert card.locator("img").evaluate(size) == [SIDE, SIDE]
    expect(card.locator("audio")).to_have_count(1)
    expect_heard(page, tab, ANYTHING)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    return card.locator(".cm-words").inner_text()


def test_sentences_and_scenes_in_every_direction(page, tmp_path):
    """The models are untrained: what they say is anything, but of the right kind and place."""
    page.get_by_role("tab", name="Sentences and scenes").click()
    page.get_by_role("tab", name="Scene", exact=True).click()
    picture, before = page.locator("#scene-card img"), ""
    for gallery in page.locator(".cm-scenes").all():
        gallery.locator("button").first.click()
        expect(picture).not_to_have_attribute("src", before)
        said = expect_scene(page, "scene", "The model reads")
        before = picture.get_attribute("src")
    write_scene(tmp_path / "scene.png")
    page.locator("#scene-picture input[type=file]").set_input_files(tmp_path / "scene.png")
    page.locator("#scene-picture img").wait_for()
    page.locator("#scene-make").click()
    expect(page.locator("#scene-card img")).not_to_have_attribute("src", before)
    assert said and expect_scene(page, "scene", "The model reads")
    page.get_by_role("tab", name="Spoken sentence").click()
    page.locator("#spoken-make").click()
    expect(page.locator("#spoken-card [role=alert]")).to_contain_text("no recording yet")
    page.get_by_label("Or let the model say it").click()
    page.get_by_role("option", name=re.compile(SEEN)).first.click()
    expect_scene(page, "spoken", "Heard by the model")
    page.get_by_role("tab", name="Sentence", exact=True).click()
    words = page.locator("#sentence-words textarea, #sentence-words input")
    words.fill("a red 七")
    page.locator("#sentence-make").click()
    expect(page.locator("#sentence-card [role=alert]")).to_contain_text("does not know")
    page.locator("#scene-model").get_by_label("piecewise-0", exact=True).check()
    page.locator("#sentence-card [role=alert]").wait_for(state="detached")
    words.fill(SEEN)
    words.press("Enter")
    assert expect_scene(page, "sentence", "You asked for").startswith(SEEN)
    expect(page.locator("#sentence-nearest img")).to_have_count(3)
