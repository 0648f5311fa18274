"""Pictures as characters: nothing is lost in colour; nothing unprintable gets through."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossmodal.cli.terminal import BLOCKS, PLAIN, draw, escape

CELL = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀")


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)


def make_pixels(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_colours_can_be_read_back(terminal):
    image = make_pixels(28, 56, 3)
    lines = draw(image).split("\n")
    cells = [[list(map(int, cell)) for cell in CELL.findall(line)] for line in lines]
    np.testing.assert_array_equal(
        np.array(cells).reshape(14, 56, 2, 3).transpose(0, 2, 1, 3).reshape(28, 56, 3), image
    )
    assert all(line.endswith("\x1b[0m") for line in lines)


def test_gray_is_colour_with_equal_channels(terminal):
    image = make_pixels(4, 6)
    assert draw(image) == draw(image[..., None].repeat(3, axis=2))


def test_black_and_white_can_be_read_back(capsys):
    image = (make_pixels(28, 56) > 127).astype(np.uint8) * 255
    lines = [line.ljust(56) for line in draw(image).split("\n")]
    signs = np.array([[BLOCKS.index(sign) for sign in line] for line in lines])
    read = np.stack([signs & 1, signs >> 1], axis=1).reshape(28, 56) * 255
    np.testing.assert_array_equal(read, image)


def test_no_color_is_heeded(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in draw(make_pixels(4, 6, 3))


def test_ascii_where_nothing_else_is_shown(monkeypatch):
    monkeypatch.setattr("crossmodal.cli.terminal.encodable", str.isascii)
    assert set(draw(make_pixels(28, 56))) <= {*PLAIN, "\n"}


@given(st.text(st.characters()))
def test_escaped_text_is_one_printable_line(text):
    assert escape(text).isprintable()
    if text.isprintable():
        assert escape(text) == text
