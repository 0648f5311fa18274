"""How long the demo takes to answer: in the server, and from click to result in Chromium."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import soundfile
import torch
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from crossmodal.demo.result_area import show
from crossmodal.demo.studio import Studio, spread
from crossmodal.demo.transcriber import Transcriber

MODELS = Path("data/bundles")
MODEL, DATASET = "colored-conv_vae", "coloured digits"  # four words, three channels: most work
ROUNDS = 20
LOADING = 10_000  # ms in which the server makes itself ready
# Tab -> the start of its parts' ids, and where something is given.
PARTS = {
    "Words": ("text", "#text-words textarea, #text-words input"),
    "Speech": ("speech", "#speech-sound"),
    "Picture": ("image", "#image-picture"),
}
CLEAR = re.compile("^(Clear|Remove Image)$")
# Presses a button; milliseconds until the answer is shown, and until Whisper has listened to it.
PRESS = """([button, heard]) => new Promise(resolve => {
    const started = performance.now(), times = []
    const look = () => {
        const listening = document.querySelector(heard).innerText.includes('listening')
        if (listening === (times.length === 0)) times.push(performance.now() - started)
        times.length === 2 ? resolve(times) : requestAnimationFrame(look)
    }
    document.querySelector(button).click()
    look()
})"""


@dataclass(frozen=True)
class DemoRow:
    """Milliseconds of every round, in the server and until the page shows it."""

    name: str
    server: list[float]
    page: list[float]


def measure_demo(folder: Path) -> Iterator[DemoRow]:
    """A row for each kind of source, and one for Whisper; `folder` is for what is uploaded."""
    torch.set_num_threads(1)  # as in the server
    studio, transcriber = Studio(MODELS), Transcriber()
    texts = [" ".join(words) for words in spread(studio.combinations(MODEL, False), ROUNDS + 1)]
    spoken = [studio.speak(MODEL, text) for text in texts]
    recordings = [folder / f"{number}.wav" for number in range(ROUNDS + 1)]
    for path, sound in zip(recordings, spoken, strict=True):
        soundfile.write(path, sound.samples, sound.rate)
    shown = studio.gallery(MODEL, False)
    pictures = [folder / f"{number}.png" for number in range(ROUNDS + 1)]
    for number, path in enumerate(pictures):
        Image.fromarray(shown[number % len(shown)].image).save(path)
    sources: tuple[tuple[str, str, Callable[..., Any], Sequence[Any]], ...] = (
        ("words to picture and speech", "Words", studio.from_words, texts),
        ("speech to picture and words", "Speech", studio.from_recording, recordings),
        ("picture to words and speech", "Picture", studio.from_picture, pictures),
    )
    with open_page() as page:
        for name, tab, make, values in sources:
            server = [clock(partial(show, make, MODEL, value)) for value in values]
            answered, listened = zip(*ask(page, tab, values), strict=True)
            yield DemoRow(name, server[1:], list(answered[1:]))
            if tab == "Words":
                heard = [clock(partial(transcriber.transcribe, sound)) for sound in spoken]
                whisper = DemoRow("words to what Whisper hears", heard[1:], list(listened[1:]))
    yield whisper


def clock(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


@contextmanager
def open_page() -> Iterator[Page]:
    """The demo in Chromium with the model chosen, when nothing is to be loaded any more."""
    command = [sys.executable, "-m", "crossmodal.demo", "--models", str(MODELS)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    chromium = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium)
            page = browser.new_page()
            page.goto(server.stdout.readline().split()[0])
            page.locator("#text-heard b").wait_for()
            page.locator("#dataset").get_by_label(DATASET, exact=True).check()
            page.get_by_label("Right colour").wait_for()
            page.wait_for_timeout(LOADING)
            yield page
            browser.close()
    finally:
        server.terminate()
        server.wait()


def ask(page: Page, tab: str, values: Sequence[str | Path]) -> Iterator[list[float]]:
    """What `PRESS` measures for each text or file."""
    part, place = PARTS[tab]
    page.get_by_role("tab", name=tab).click()
    for value in values:
        if isinstance(value, str):
            page.locator(place).fill(value)
        else:
            if value != values[0]:
                page.locator(place).get_by_label(CLEAR).click()
            if tab == "Speech":
                with page.expect_file_chooser() as chooser:
                    page.locator("#speech-upload").click()
                chooser.value.set_files(value)
            else:
                page.locator(place).locator("input[type=file]").set_input_files(value)
            page.locator(place).locator("img, [aria-label=Play]").wait_for()
        yield page.evaluate(PRESS, [f"#{part}-make", f"#{part}-heard"])
