"""Two digits drawn on the sheet, with the mouse and with a finger."""

import io
import itertools
from base64 import b64decode

import numpy as np
from PIL import Image

from tests.src.demo.browser.steps import (
    ANYTHING,
    IN_CHROMIUM,
    choose,
    expect,
    expect_heard,
    open_tab,
)

SEVEN, BAR = ((0.15, 0.2), (0.35, 0.2), (0.22, 0.85)), ((0.7, 0.15), (0.7, 0.85))

pytestmark = IN_CHROMIUM


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
