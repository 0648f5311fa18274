"""Squares from pictures of any shape; pictures that cannot be used are refused with a kind."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from crossmodal.data.broken import BrokenInput
from crossmodal.data.pictures import open_picture, read_square


def save(path, array, **options):
    Image.fromarray(np.asarray(array, np.uint8)).save(path, **options)
    return path


def test_a_picture_of_the_size_stays_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    square, size = read_square(save(tmp_path / "a.png", pixels), 16)
    assert np.array_equal(square, pixels.transpose(2, 0, 1))
    assert size == (16, 16)


@pytest.mark.parametrize("shape", [(40, 80), (80, 40)])
def test_the_centre_is_cut_out_after_resizing(tmp_path, shape):
    pixels = np.zeros((*shape, 3), np.uint8)
    middle = (slice(None), slice(20, 60)) if shape[1] == 80 else (slice(20, 60), slice(None))
    pixels[middle] = (200, 100, 50)
    square, size = read_square(save(tmp_path / "a.png", pixels), 20)
    assert size == shape[::-1] and square.shape == (3, 20, 20)
    assert (square[:, 2:-2, 2:-2] == np.array([200, 100, 50])[:, None, None]).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_resizing_averages_what_falls_together(tmp_path, name):
    """Stripes finer than a pixel become grey, not stripes again."""
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    square, _ = read_square(save(tmp_path / name, stripes), 32)
    assert abs(square.astype(float) - 127.5).max() < 8


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "LA"])
def test_all_colour_modes_become_rgb(tmp_path, mode):
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.new("RGB", (30, 20), (255, 255, 255)).convert(mode).save(path)
    square, _ = read_square(path, 16)
    assert square.shape == (3, 16, 16) and (square > 250).all()


def kind_of(path):
    with pytest.raises(BrokenInput) as caught:
        read_square(path, 16)
    return caught.value.kind


def test_each_broken_picture_has_its_kind(tmp_path, monkeypatch):
    grey = np.full((60, 60), 99)
    assert kind_of(tmp_path / "none.jpg") == "missing image"
    (tmp_path / "text.jpg").write_text("no picture")
    assert kind_of(tmp_path / "text.jpg") == "undecodable image"
    assert kind_of(save(tmp_path / "a.ppm", grey)) == "undecodable image"
    os.mkfifo(tmp_path / "pipe.jpg")
    assert kind_of(tmp_path / "pipe.jpg") == kind_of(tmp_path) == "undecodable image"
    assert kind_of(save(tmp_path / "narrow.png", np.ones((1, 300)))) == "undecodable image"
    whole = save(tmp_path / "cut.jpg", np.random.default_rng(0).integers(0, 255, (60, 60)))
    whole.write_bytes(whole.read_bytes()[:900])
    assert kind_of(whole) == "undecodable image"
    path = save(tmp_path / "huge.png", grey)
    monkeypatch.setattr("crossmodal.data.pictures.MAX_PIXELS", 3599)
    assert kind_of(path) == "huge image"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # twice as many are an error
    assert kind_of(path) == "huge image"
    monkeypatch.setattr("crossmodal.data.pictures.MAX_BYTES", 10)
    assert kind_of(path) == "huge image"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif"])
def test_a_phone_format_is_refused_with_the_command_that_converts_it(tmp_path, brand):
    path = tmp_path / "me at home.jpg"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(99))
    with pytest.raises(
        BrokenInput, match=r"`magick 'me at home\.jpg' 'me at home-converted\.jpg'`"
    ):
        read_square(path, 16)


def test_a_large_photo_is_decoded_at_a_fraction_and_upright(tmp_path):
    """Its left half, which the camera says is the top, is red; decoded whole it is the same."""
    photo = Image.new("RGB", (4400, 3300), "blue")
    photo.paste("red", (0, 0, 2200, 3300))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "a.jpg", exif=exif)
    picture, size = open_picture(tmp_path / "a.jpg")
    assert size == (3300, 4400) and picture.size == (1650, 2200)
    top, bottom = (
        np.asarray(picture)[rows].mean((0, 1)) for rows in (slice(1000), slice(1200, None))
    )
    assert top[0] > 240 > 20 > top[2] and bottom[2] > 240 > 20 > bottom[0]


def test_damaged_exif_spoils_no_picture(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (30, 20), "red").save(path, exif=b"Exif\0\0MM\0*\0\0\0\xff" + b"\x99" * 20)
    assert read_square(path, 16)[0][0].min() > 240


@settings(max_examples=80)
@given(data=st.data())
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp", "a.tif"])
def test_a_damaged_picture_is_refused_or_read(tmp_path_factory, name, data):
    path = tmp_path_factory.mktemp("picture") / name
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3))
    content = bytearray(save(path, pixels).read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert read_square(path, 16)[0].shape == (3, 16, 16)
    except BrokenInput as error:
        assert error.kind in ("undecodable image", "huge image")
