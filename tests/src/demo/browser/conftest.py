"""The page in Chromium, at the widths of a desk and of a phone."""

from importlib import import_module

import numpy as np
import pytest
import soundfile

# Without playwright the tests are skipped as their modules are read, but no conftest may be: so
# what needs it is imported within the fixtures.
STEPS = "tests.src.demo.browser.steps"


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
    steps = import_module(STEPS)
    fakes = ("device-for-media-stream", "ui-for-media-stream")
    options = [f"--use-fake-{name}" for name in fakes]
    options.append(f"--use-file-for-fake-audio-capture={spoken}")
    with steps.driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=steps.CHROMIUM, args=options, timeout=steps.PATIENCE
        )
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390])
def page(browser, address, request):
    """The page, ready, at both widths; afterwards nothing may have gone wrong or outside."""
    steps = import_module(STEPS)
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.set_default_timeout(steps.PATIENCE)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.goto(address)
    steps.expect_answer(page, "text", "zero seven", seen=False, heard=steps.ANYTHING)
    yield page
    assert page.evaluate("document.body.scrollWidth") <= request.param
    assert page.locator("text=Traceback").count() == 0
    context.close()
    allowed = (address, "data:", f"blob:{address}")
    assert requests and [url for url in requests if not url.startswith(allowed)] == []
    assert errors == []


@pytest.fixture
def phone(browser, address):
    """The page on a phone, in which errors may be told to the console."""
    steps = import_module(STEPS)
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(steps.PATIENCE)
    page.goto(address)
    steps.expect_answer(page, "text", "zero seven", seen=False, heard=steps.ANYTHING)
    yield page
    context.close()
