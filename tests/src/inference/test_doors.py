"""A picture is the same pixels for the sharding of a training, the API, the command, the demo."""

import io

import numpy as np
import pytest
from PIL import Image

from crossmodal.cli.source import read_arguments
from crossmodal.data.broken import BrokenInput
from crossmodal.data.pictures import read_square
from crossmodal.demo.studio import read_picture_upload
from crossmodal.errors import DataError
from crossmodal.inference.skipmodal.preparation import prepare_scene
from crossmodal.inference.sources import read_source

SIZE = 24
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def paint(width=60, height=40):
    """A picture that is another one however it is turned."""
    picture = Image.new("RGB", (width, height), (250, 250, 250))
    picture.paste((220, 30, 20), (0, 0, width // 2, height // 2))
    picture.paste((20, 40, 200), (width // 2, 0, width, height // 3))
    return picture


def exif(orientation):
    known = Image.Exif()
    known[0x0112] = orientation
    return known


def clear(ink, mode):
    """A square of ink on nothing, and the ground that shows it."""
    picture = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    picture.paste((*ink, 255), (10, 10, 40, 30))
    ground = Image.new("RGB", (60, 40), "black" if max(ink) > 127 else "white")
    ground.paste(ink, (10, 10, 40, 30))
    return picture.convert(mode), ground


def gray16(clear=None):
    """Gray of 16 bits; `clear`: the value that is transparent."""
    values = np.linspace(0, 65535, 60 * 40).reshape(40, 60).astype(np.uint16)
    return Image.fromarray(values), Image.fromarray((values >> 8).astype(np.uint8))


def save(folder, kind):
    """A file of a kind, and the picture that a person sees in it."""
    seen = paint()
    path = folder / "a.png"
    if kind.startswith("orientation"):
        number = int(kind[-1])
        path = folder / ("a.jpg" if number % 2 else "a.png")
        seen.transpose(TURNS[number]).save(path, exif=exif(number), quality=100, subsampling=0)
    elif kind.startswith("transparent"):
        _, name, mode = kind.split()
        ink = {"black": (0, 0, 0), "white": (255, 255, 255), "red": (230, 0, 0)}[name]
        picture, seen = clear(ink, mode)
        picture.save(path)
    elif kind == "gray 16":
        picture, seen = gray16()
        picture.save(path)
    elif kind == "palette":
        seen.convert("P", palette=Image.Palette.ADAPTIVE).save(path)
    elif kind == "clear palette":
        picture, seen = clear((0, 0, 0), "RGBA")
        picture.convert("P").save(path, transparency=picture.convert("P").getpixel((0, 0)))
        seen = None
    elif kind == "clear gray":
        picture = Image.new("L", (60, 40), 255)
        picture.paste(30, (10, 10, 40, 30))
        picture.save(path, transparency=255)
        seen = picture
    elif kind == "cmyk":
        path = folder / "a.jpg"
        seen.convert("CMYK").save(path, quality=100, subsampling=0)
    elif kind in ("L", "1"):
        seen = seen.convert(kind)
        seen.save(path)
    elif kind == "frames":
        path = folder / "a.gif"
        seen.save(path, save_all=True, append_images=[Image.new("RGB", (60, 40))])
    elif kind == "two pictures in a jpeg":
        path = folder / "a.jpg"
        seen.save(
            path, format="MPO", save_all=True, append_images=[seen], quality=100, subsampling=0
        )
    elif kind == "large":
        seen = paint(3000, 2200)
        path = folder / "a.jpg"
        seen.save(path, quality=98, subsampling=0)
    else:
        path = folder / f"a.{kind}"
        seen.save(path, **({"lossless": True} if kind == "webp" else {}))
    return path, seen


KINDS = [
    *(f"orientation {number}" for number in TURNS),
    *(f"transparent {ink} {mode}" for ink in ("black", "white") for mode in ("RGBA", "LA")),
    "transparent red RGBA", "gray 16", "palette", "clear palette", "clear gray", "cmyk", "L", "1",
    "frames", "two pictures in a jpeg", "large", "png", "webp", "gif", "bmp", "tif",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_door_gives_the_same_pixels(tmp_path, kind):
    path, seen = save(tmp_path, kind)
    square, size = read_square(path, SIZE)
    contents = (
        read_source(path)[1],
        read_arguments([str(path)]),
        read_picture_upload(path),
    )
    for content in contents:
        assert np.array_equal(prepare_scene(content, SIZE)[0] * 255, square)
        assert content.shape[2] == 3
    if seen is not None:
        assert size == seen.size
        shown = np.asarray(seen.convert("RGB").resize(contents[0].shape[1::-1]), int)
        assert np.abs(contents[0] - shown).mean() < 3


def test_pixels_from_memory_are_those_of_the_file(tmp_path):
    picture, _ = clear((0, 0, 0), "RGBA")
    picture.save(tmp_path / "a.png")
    assert np.array_equal(read_source(np.array(picture))[1], read_source(tmp_path / "a.png")[1])


def test_a_half_transparent_edge_is_mixed_with_the_ground(tmp_path):
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[5:15, 5:15, 3] = 128
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert read_source(tmp_path / "a.png")[1][10, 10].tolist() == [127] * 3


def broken(folder, kind):
    file = io.BytesIO()
    paint().save(file, "JPEG" if kind == "cut.jpg" else "PNG")
    content = {
        "text.png": b"no picture",
        "empty.png": b"",
        "cut.jpg": file.getvalue()[:500],
        "cut.png": file.getvalue()[:90],
        "a.heic": b"\0\0\0\x18ftypheic" + bytes(50),
    }
    path = folder / kind
    path.write_bytes(content[kind])
    return path


@pytest.mark.parametrize("kind", ["text.png", "empty.png", "cut.jpg", "cut.png", "a.heic"])
def test_every_door_refuses_what_another_refuses_for_the_same_reason(tmp_path, kind):
    path = broken(tmp_path, kind)
    with pytest.raises(BrokenInput) as refused:
        read_square(path, SIZE)
    assert str(refused.value)
    for door in (read_source, lambda p: read_arguments([str(p)]), read_picture_upload):
        with pytest.raises(DataError) as caught:
            door(path)
        assert str(refused.value) in str(caught.value) and "\n" not in str(caught.value)
