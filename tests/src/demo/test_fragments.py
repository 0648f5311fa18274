"""What of an answer is shown, and that nothing in it can be mistaken for HTML."""

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crossmodal.demo import fragments
from crossmodal.demo.fragments import SEEN, UNSEEN
from crossmodal.inference import Item, Recording
from tests.pages import Page


@pytest.fixture(scope="module")
def answers(studio):
    """One of each source, of a held-out combination."""
    return {
        "text": studio.from_words("double-mlp_ae", "zero seven"),
        "speech": studio.from_voice("colored-mlp_ae", "red zero blue seven"),
        "image": studio.from_example("colored-mlp_ae", 0, False),
    }


@pytest.mark.parametrize(
    ("source", "headline"),
    [("text", "You asked for"), ("speech", "Heard"), ("image", "The model reads")],
)
def test_an_answer_is_shown_whole_and_asks_nothing_of_others(answers, source, headline):
    answer = answers[source]
    page = Page(fragments.show_answer(answer))
    assert page.mistakes == [] and page.outside() == []
    assert page.elements.count("img") == page.elements.count("audio") == 1
    assert headline in page.text
    assert f"{' '.join(answer.main.words)} {UNSEEN}" in page.text


def test_a_found_class_that_is_another_one_has_its_own_mark(answers):
    answer = answers["text"]
    other = replace(answer.results["speech"], words=("one", "one"), seen_in_training=True)
    text = Page(fragments.show_answer(replace(answer, results=answer.results | {"speech": other})))
    assert f"The speech found for it says one one {SEEN}" in text.text
    assert "The speech found" not in Page(fragments.show_answer(answer)).text


@pytest.mark.parametrize(("shown", "sign"), [(("zero", "zero"), "✗"), (None, "")])
def test_what_a_picture_shows_is_compared_with_what_is_read(answers, shown, sign):
    page = Page(fragments.show_answer(replace(answers["image"], shown=shown)))
    assert (f"zero zero {sign}" in page.text) == (shown is not None)


def test_pictures_are_as_generated(answers):
    html = fragments.show_answer(answers["speech"])
    content = re.search(r'base64,([^"]+)" alt', html)[1]
    image = np.asarray(Image.open(BytesIO(b64decode(content))))
    assert np.array_equal(image, answers["speech"].picture)


def test_a_long_recording_stays_out_of_the_page():
    assert fragments.show_sound(Recording(np.zeros(21 * 8000, np.float32), 8000), "Speech") == ""


def test_near_pictures_have_their_words(answers):
    page = Page(fragments.show_nearest(answers["image"].nearest))
    assert page.mistakes == [] and page.outside() == []
    assert page.elements.count("img") == len(answers["image"].nearest) == 6
    assert fragments.show_nearest([]) == ""
    item = Item(("one", "two"), "train", 0.0, np.zeros((28, 56), np.uint8))
    assert "one two" in Page(fragments.show_nearest([item])).text


def test_the_model_is_described_by_its_measures(studio):
    page = Page(fragments.show_model(studio.model("double-mlp_ae").description))
    assert "15.5 dB" in page.text and "50%" in page.text and page.mistakes == []


@given(st.text())
def test_no_text_becomes_html(text):
    for html in (fragments.show_notice(text), fragments.show_heard(text, "text")):
        page = Page(html)
        assert page.mistakes == [] and page.outside() == []
        assert set(page.elements) <= {"div", "section", "p", "b", "i"}
