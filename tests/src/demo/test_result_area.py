"""A result area is filled whatever happens."""

import logging

import pytest

pytest.importorskip("gradio")

from crossmodal.demo.result_area import BROKEN, ResultArea, show
from crossmodal.errors import DataError
from crossmodal.inference import Recording
from tests.pages import Page


class Echo:
    """A recogniser that says how much it was given."""

    def transcribe(self, recording: Recording) -> str:
        return f"{len(recording.samples)} samples"


class Deaf:
    """A recogniser whose weights are damaged."""

    def transcribe(self, recording: Recording) -> str:
        raise DataError("the weights are damaged")


def test_an_answer_is_shown_first_and_heard_later(studio):
    card, heard, near, answer = show(studio.from_words, "double-mlp_ae", "zero seven")
    assert "zero seven" in card and "listening" in heard and "nearest" in near
    assert f"{len(answer.sound.samples)} samples" in ResultArea(Echo(), "a").listen(answer)


def test_where_there_is_no_sound_nobody_listens(studio):
    card, heard, near, answer = show(studio.from_words, "double-direct", "zero seven")
    assert "zero seven" in card and heard == near == ""
    assert ResultArea(Echo(), "a").listen(answer) == ResultArea(Echo(), "a").listen(None) == ""


def test_a_mistake_is_a_sentence_in_the_page(studio):
    card, *rest = show(studio.from_words, "double-mlp_ae", "<b>seven</b>")
    assert rest == ["", "", None]
    page = Page(card)
    assert page.elements == ["div"] and "allowed" in page.text
    assert page.text.endswith(".") and "Traceback" not in page.text


def test_a_fault_is_no_traceback_in_the_page(caplog):
    def fail():
        raise RuntimeError("secret")

    with caplog.at_level(logging.ERROR):
        card, *rest = show(fail)
    assert BROKEN[1:] in card and "secret" not in card and rest == ["", "", None]
    assert "secret" in caplog.text


def test_a_recogniser_that_fails_says_so(studio):
    answer = studio.from_words("double-mlp_ae", "zero seven")
    assert "weights are damaged" in ResultArea(Deaf(), "a").listen(answer)
