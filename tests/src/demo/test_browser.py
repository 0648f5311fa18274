"""The page as a person uses it, in Chromium: every direction, and not a word to other hosts."""

import io
import itertools
import os
import re
import shutil
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.data.torchaudio_backend import resample
from crossmodal.demo.fragments import UNSEEN
from tests.src.cli.good_files import write_scene
from tests.src.data.encoded_audio import encode
from tests.src.inference.conftest import make_image
from tests.src.inference.skipmodal.small_bundles import SEEN, SIDE

driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = driver.expect

CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
# For a machine that does much else; nothing waits longer than it has to.
PATIENCE = 120_000  # ms
expect.set_options(timeout=PATIENCE)
SEVEN, BAR = ((0.15, 0.2), (0.35, 0.2), (0.22, 0.85)), ((0.7, 0.15), (0.7, 0.85))
TYPED = "#text-words textarea, #text-words input"
ANYTHING = re.compile(".")

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
    fakes = ("device-for-media-stream", "ui-for-media-stream")
    options = [f"--use-fake-{name}" for name in fakes]
    options.append(f"--use-file-for-fake-audio-capture={spoken}")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=options, timeout=PATIENCE
        )
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390])
def page(browser, address, request):
    """The page, ready, at both widths; afterwards nothing may have gone wrong or outside."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.goto(address)
    expect_answer(page, "text", "zero seven", seen=False, heard=ANYTHING)
    yield page
    assert page.evaluate("document.body.scrollWidth") <= request.param
    assert page.locator("text=Traceback").count() == 0
    context.close()
    allowed = (address, "data:", f"blob:{address}")
    assert requests and [url for url in requests if not url.startswith(allowed)] == []
    assert errors == []


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


def draw(page, *points):
    """One stroke on the sheet, through points in shares of its width and height."""
    sheet = page.locator(".cm-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def read_colors(page):
    """The picture as the model sees it: pixels [28, 56, 3], by what stands in the page."""
    address = page.locator("#sketch-card img").get_attribute("src")
    return np.array(Image.open(io.BytesIO(b64decode(address.split(",")[1]))).convert("RGB"))


def expect_drawing(page, left, right):
    """Wait until the card shows a seven in one colour and a bar in another, each on its side."""
    page.locator("#sketch-make").click()
    page.locator("#sketch-card .cm-words").wait_for()
    pixels = read_colors(page)
    for half, color in ((pixels[:, :28], left), (pixels[:, 28:], right)):
        inked = half.max(2) > 128
        assert inked.any(1).sum() == 20, "each digit is as high as in MNIST"
        assert (half[inked].mean(0) > 128).tolist() == color
    wide = [(half.max(2) > 128).any(0).sum() for half in (pixels[:, :28], pixels[:, 28:])]
    assert wide[0] > 2 * wide[1]


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


def test_two_digits_are_drawn_with_the_mouse(page):
    open_tab(page, "Draw", "Clear")
    page.locator("#sketch-make").click()
    notice = page.locator("#sketch-card [role=alert]")
    expect(notice).to_contain_text("nothing is drawn yet", ignore_case=True)
    draw(page, *SEVEN)
    page.locator("#sketch-make").click()
    expect(notice).to_contain_text("digit")  # two are wanted
    draw(page, *BAR)
    expect_drawing(page, [True] * 3, [True] * 3)
    expect_heard(page, "sketch", ANYTHING)
    page.locator("#sketch-clear").click()
    page.locator("#sketch-make").click()
    expect(notice).to_contain_text("nothing is drawn yet", ignore_case=True)


def test_digits_are_drawn_in_colours(page):
    open_tab(page, "Draw", "Clear")
    draw(page, *SEVEN)  # in black, which is no colour
    choose(page, "coloured digits", ["mlp_ae"], "mlp_ae")
    page.locator("#sketch-ink").get_by_label("green", exact=True).check()
    page.locator(".cm-sheet[data-ink='#0f0'][data-drawn='']").wait_for()
    draw(page, *SEVEN)
    page.locator("#sketch-ink").get_by_label("blue", exact=True).check()
    page.locator(".cm-sheet[data-ink='#00f'][data-drawn=yes]").wait_for()
    draw(page, *BAR)
    expect_drawing(page, [False, True, False], [False, False, True])


@pytest.fixture
def phone(browser, address):
    """The page on a phone, in which errors may be told to the console."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    expect_answer(page, "text", "zero seven", seen=False, heard=ANYTHING)
    yield page
    context.close()


def test_a_finger_draws_and_does_not_scroll(phone):
    page = phone
    open_tab(page, "Draw", "Clear")
    page.locator(".cm-sheet").scroll_into_view_if_needed()
    box, before = page.locator(".cm-sheet").bounding_box(), page.evaluate("window.scrollY")
    touch = page.context.new_cdp_session(page)

    def send(kind, *points):
        where = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    for stroke in (SEVEN, BAR):
        send("touchStart", stroke[0])
        for (x0, y0), (x1, y1) in itertools.pairwise(stroke):
            for share in np.linspace(0, 1, 6):
                send("touchMove", (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
        send("touchEnd")
    scrolled = page.evaluate("window.scrollY")
    expect_drawing(page, [True] * 3, [True] * 3)
    assert scrolled == before


def test_a_drawing_is_refused_with_the_servers_reason(phone):
    page = phone
    open_tab(page, "Draw", "Clear")
    draw(page, *SEVEN)
    page.route("**/upload", lambda route: route.fulfill(status=413, body="too much was uploaded"))
    page.locator("#sketch-make").click()
    expect(page.locator("#sketch-card [role=alert]")).to_contain_text("too much was uploaded")


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
