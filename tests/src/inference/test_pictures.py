import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from crossmodal.errors import DataError
from crossmodal.inference.mapping.segmentation import prepare_picture
from crossmodal.inference.pictures import read_picture

RNG = np.random.default_rng(0)


def blob(seed, shape=(20, 14)):
    """Strokes as of a digit, three pixels wide: a cross, and two more at their own places."""
    patch = np.zeros(shape, np.uint8)
    middle = [slice(side // 2 - 1, side // 2 + 2) for side in shape]
    patch[:, middle[1]] = patch[middle[0]] = 255
    patch[2 + seed : 5 + seed, 3:-3] = patch[::-1][1 + seed : 4 + seed, 3:-3] = 220
    return patch


def native(channels=(0, 0), count=1):
    """Two patches where MNIST would have them: uint8 [28, 56(, 3)]."""
    image = np.zeros((28, 56, count), np.uint8)
    for side, channel in enumerate(channels):
        image[4:24, side * 28 + 7 : side * 28 + 21, channel] = blob(side)
    return image[..., 0] if count == 1 else image


def large(scale=8, offset=(30, 45), gap=40, background=255, ink=0):
    """The same patches drawn large on paper, uint8 [H, W]."""
    page = np.full((400, 500), background, np.uint8)
    for side in (0, 1):
        patch = blob(side).repeat(scale, 0).repeat(scale, 1) / 255
        top, left = offset[0], offset[1] + side * (patch.shape[1] + gap)
        part = page[top : top + patch.shape[0], left : left + patch.shape[1]]
        part[:] = np.round(part * (1 - patch) + ink * patch)
    return page


def test_what_the_training_saw_stays_as_it_is():
    assert np.array_equal(prepare_picture(native(), 1)[0], native())
    for channels in ((0, 1), (2, 2), (1, 0)):
        image = native(channels, 3)
        assert np.array_equal(prepare_picture(image, 3), image.transpose(2, 0, 1))


def test_coloured_digits_are_also_plain_ones():
    assert np.array_equal(prepare_picture(native((0, 2), 3), 1)[0], native())


def test_dark_ink_on_white_is_inverted():
    assert np.array_equal(prepare_picture(255 - native(), 1)[0], native())


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_is_background(ink):
    pixels = np.full((28, 56, 4), ink, np.uint8)
    pixels[..., 3] = native()
    assert np.array_equal(prepare_picture(pixels, 1)[0], native())


def test_large_drawings_are_scaled_and_centred_wherever_they_are():
    found = prepare_picture(large(), 1)
    assert np.abs(found[0].astype(int) - native()).mean() < 8 < np.abs(native()).mean()
    for side in (0, 1):
        half = found[0, :, side * 28 : side * 28 + 28].astype(float)
        rows, columns = (half.sum(1 - axis) @ np.arange(28) / half.sum() for axis in (0, 1))
        assert abs(rows - 13.5) <= 0.5 and abs(columns - 13.5) <= 0.5
        inked = half > 0
        assert max(np.ptp(np.flatnonzero(inked.any(axis))) + 1 for axis in (0, 1)) == 20
    for same in (
        large(offset=(150, 90)), large(gap=100), large(background=0, ink=255), large(scale=10),
    ):  # fmt: skip
        assert np.abs(prepare_picture(same, 1).astype(int) - found).mean() < 3


def test_touching_digits_are_cut_where_ink_is_least():
    page = Image.new("L", (300, 200), 255)
    for left in (40, 138):
        ImageDraw.Draw(page).ellipse((left, 40, left + 100, 160), outline=0, width=20)
    found = prepare_picture(np.asarray(page), 1)[0].astype(int)
    assert np.abs(found[:, :28] - found[:, 28:]).mean() < 8
    assert found[13, 13] == found[13, 41] == 0  # both rings have their hole


def test_colours_of_ink_on_paper_are_found():
    page = np.full((400, 500, 3), 250, np.uint8)
    for side, color in enumerate([(200, 40, 30), (20, 60, 180)]):
        page[50:200, 60 + side * 200 : 100 + side * 200] = color
    found = prepare_picture(page, 3)
    assert [found[c, :, :28].any() for c in range(3)] == [True, False, False]
    assert [found[c, :, 28:].any() for c in range(3)] == [False, False, True]
    with pytest.raises(DataError, match="no clear colour; allowed: red, green and blue"):
        prepare_picture(large(), 3)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.full((90, 90), 128, np.uint8), "blank"),
        (np.zeros((28, 56), np.uint8), "blank"),
        (np.zeros((7, 90), np.uint8), "smaller than 8"),
        (large()[:, :160], "only one digit"),
    ],
)
def test_pictures_without_two_digits_are_refused(pixels, message):
    with pytest.raises(DataError, match=message):
        prepare_picture(pixels, 1)


SIZES = st.integers(1, 70)


@given(SIZES, SIZES, st.sampled_from([(), (3,), (4,)]), st.integers(0, 99), st.sampled_from([1, 3]))
def test_no_pixels_crash(height, width, depth, seed, channels):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, *depth)).astype(np.uint8)
    pixels[rng.random((height, width)) < seed / 100] = rng.integers(0, 256)
    try:
        found = prepare_picture(pixels, channels)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert found.shape == (channels, 28, 56) and found.dtype == np.uint8


def save(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_is_read(tmp_path, mode):
    plain = (native() > 99).astype(np.uint8) * 255
    picture = Image.fromarray(plain)
    if mode == "I;16":
        picture = Image.fromarray(plain.astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    pixels = read_picture(save(tmp_path / "a.png", picture))
    assert pixels.shape == (28, 56, 3)
    assert np.array_equal(prepare_picture(pixels, 1)[0], plain)


def test_a_photo_is_turned_as_the_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    turned = Image.fromarray(large()).rotate(90, expand=True)
    pixels = read_picture(save(tmp_path / "a.jpg", turned, exif=exif, quality=95))
    assert pixels.shape == (400, 500, 3)
    found = prepare_picture(pixels, 1).astype(int)
    assert np.abs(found - prepare_picture(large(), 1)).mean() < 5


def test_files_that_are_no_pictures_are_refused(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    save(tmp_path / "wide.png", Image.new("1", (30_000, 7_000)))
    save(tmp_path / "many.png", Image.new("1", (8_100, 8_000)))
    (tmp_path / "heavy.png").write_bytes(bytes(51 * 2**20))
    for name, message in {
        "nowhere.png": "is missing", "text.png": "neither PNG, JPEG, WebP, GIF, BMP nor TIFF",
        "wide.png": "more than 64 million pixels", "many.png": "more than 64 million pixels",
        "heavy.png": "larger than 50 MB",
    }.items():  # fmt: skip
        with pytest.raises(DataError, match=message):
            read_picture(tmp_path / name)


def encoded(form):
    buffer = io.BytesIO()
    Image.fromarray(native()).save(buffer, format=form)
    return buffer.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["PNG", "JPEG"]), st.integers(0, 2000), st.binary(max_size=8), st.booleans())
def test_no_damaged_file_crashes(tmp_path, form, place, junk, cut):
    content = encoded(form)
    place %= len(content)
    rest = b"" if cut else content[place + len(junk) :]
    (tmp_path / "a.png").write_bytes(content[:place] + junk + rest)
    try:
        assert read_picture(tmp_path / "a.png").shape[2] == 3
    except DataError as error:
        assert "\n" not in str(error)
