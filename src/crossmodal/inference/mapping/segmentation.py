"""From any picture of two digits to what the auto-encoders were trained on.

The networks know white (or red, green, blue) digits on black, each placed as MNIST does it:
fitted into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

Legend: H, W a picture's height and width, pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crossmodal.data.digit_placement import SIDE, Ink, center_digit
from crossmodal.data.mapping.digits import HEIGHT, WIDTH
from crossmodal.errors import DataError, check_extra
from crossmodal.inference.pictures import FAINT, Pixels, as_read, check_size

LARGEST = 1024  # pixels of a side; larger pictures are shrunk first
# Of the largest area, or of the largest height of digits.
CRUMB_AREA, CRUMB_SIDE = 0.03, 0.12  # what is less is dust
SHORT, LOW = 0.65, 0.4  # what is lower may be a part of a digit, or is no digit beside another
OVER, ABOVE = 0.4, 0.75  # of a part's width: over another part, or one above the other
NEAR = 0.3  # of the height: between pieces of one digit
THICK = 0.24  # of the larger side: half the width of what is no stroke
TOUCHING = 1.1  # width to height, from which ink without a gap is two digits
FADED = 0.3  # of the least ink of strokes: the end of their blurred edges
MIXED = 0.8  # share of the strongest channel above which the second makes a colour unclear
ALLOWED = "allowed: two digits, one beside the other"
Mask = NDArray[np.bool_]


def prepare_picture(pixels: Pixels, channels: int) -> Pixels:
    """A picture as the networks know it: uint8 [channels, 28, 56].

    A picture of 28 x 56 pixels stays as it is, but for a light background, which becomes black; in
    any other the two digits are found, scaled and centred.

    Args:
        pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    Raises:
        DataError: there are no two digits on it, or no colour where `channels` is 3.
        MissingExtra: it is of another size, and scikit-image is not installed.
    """
    check_size(pixels)
    picture = Image.fromarray(as_read(pixels))
    if picture.size == (WIDTH, HEIGHT):
        ink, colors = read_native(picture)
        halves = [(ink[:, part], colors[:, part]) for part in (slice(SIDE), slice(SIDE, None))]
        placed = [half for half, _ in halves]
    else:
        picture = picture.reduce(-(-max(picture.size) // LARGEST))
        colors = np.asarray(picture, np.float32) / np.float32(255)
        digits = segment(picture)
        halves = [(digit, colors) for digit in digits]
        placed = [center_digit(digit) for digit in digits]
    result = np.zeros((channels, HEIGHT, WIDTH), np.uint8)
    for side, (half, place) in enumerate(zip(halves, placed, strict=True)):
        channel = find_color(*half) if channels > 1 else 0
        result[channel, :, side * SIDE : (side + 1) * SIDE] = (place * 255).round()
    return result


def read_native(picture: Image.Image) -> tuple[Ink, Ink]:
    """How far each pixel's colour is from that of the border, [H, W], and the colours.

    Raises:
        DataError: nowhere far.
    """
    colors = np.asarray(picture, np.float32) / np.float32(255)
    border = np.concatenate([colors[0], colors[-1], colors[:, 0], colors[:, -1]])
    ink: Ink = np.abs(colors - np.median(border, axis=0).astype(np.float32)).max(2)
    if ink.max() < FAINT:
        raise DataError(f"the picture is blank; {ALLOWED}")
    return ink, colors


def segment(picture: Image.Image) -> list[Ink]:
    """The ink of either digit alone, [H, W] from 0 to 1, the left one first.

    Raises:
        DataError: there are not two digits. MissingExtra: scikit-image is not installed.
    """
    check_extra("photos", "skimage", f"a picture of other than {HEIGHT} x {WIDTH} pixels")
    # Only here, as it takes a second to load.
    from crossmodal.inference.mapping.ink import find_ink, find_strokes

    ink = find_ink(picture)
    strokes, level = find_strokes(ink)
    return [soften(ink, digit, level) for digit in find_digits(strokes, ink)]


def soften(ink: Ink, digit: Mask, level: float) -> Ink:
    """The ink of a digit: blurred edges stay, as MNIST has them; what is darkest is white."""
    from skimage.morphology import dilation, disk

    floor, full = FADED * level, max(0.95 * float(np.median(ink[digit])), level)
    soft = ((ink - floor) / (full - floor)).clip(0, 1)
    return np.where(dilation(digit, disk(2)), soft, np.float32(0))


@dataclass
class Part:
    """Connected strokes, or several pieces of one digit: their labels and the box around them."""

    labels: list[int]
    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    def belongs_to(self, other: "Part", tallest: int) -> bool:
        """Whether both are of one digit: one is above the other, or a piece beside it."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        over = shared / min(self.width, other.width)
        between = max(self.top, other.top) - min(self.bottom, other.bottom)
        short = min(self.height, other.height) < SHORT * tallest
        return between < NEAR * tallest and over > (OVER if short else ABOVE)

    def join(self, other: "Part") -> "Part":
        """Both together."""
        return Part(
            self.labels + other.labels,
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )


def find_digits(strokes: Mask, ink: Ink) -> list[Mask]:
    """Where either digit is, bool [H, W], the left one first; raises DataError."""
    from skimage.measure import label, regionprops

    labels = label(strokes, connectivity=2)
    regions = [region for region in regionprops(labels) if not is_thick(region.image)]
    height, width = strokes.shape
    inner = [
        region
        for region in regions
        if min(region.bbox[:2]) > 0 and region.bbox[2] < height and region.bbox[3] < width
    ]
    # What reaches the border is the edge of something else, unless the digits do.
    found = group_parts(inner)
    if len(found) < 2:
        found = group_parts(regions)
    if len(found) == 1 and found[0].width > TOUCHING * found[0].height:
        mask = np.isin(labels, found[0].labels)
        cut = find_cut(np.where(mask, ink, 0), found[0])
        columns = np.arange(width)
        return [mask & (columns < cut), mask & (columns >= cut)]
    if len(found) != 2:
        raise DataError(f"{count_digits(len(found))} on the picture; {ALLOWED}")
    return [np.isin(labels, part.labels) for part in found]


def is_thick(shape: Mask) -> bool:
    """Whether it is no stroke but a spot, a hole in the paper or a part of the table."""
    from skimage.morphology import isotropic_erosion

    return bool(isotropic_erosion(np.pad(shape, 1), THICK * max(shape.shape)).any())


def count_digits(count: int) -> str:
    """What was found, in words."""
    counted = {0: "no digit was found", 1: "only one digit was found"}
    return counted.get(count, f"{count} digits or other marks were found")


def group_parts(regions: Iterable[object]) -> list[Part]:
    """What may be digits, from left to right: pieces are joined, dust and specks left out."""
    found = [Part([r.label], *r.bbox) for r in regions]  # type: ignore[attr-defined]
    areas = [r.area for r in regions]  # type: ignore[attr-defined]
    if not found:
        return []
    large = [part for part, area in zip(found, areas, strict=True) if area > 0.2 * max(areas)]
    tallest = max(part.height for part in large)
    parts = [
        part
        for part, area in zip(found, areas, strict=True)
        if area > CRUMB_AREA * max(areas) and max(part.height, part.width) > CRUMB_SIDE * tallest
    ]
    joined: list[Part] = []
    for part in sorted(parts, key=lambda part: part.left):
        for other in [other for other in joined if part.belongs_to(other, tallest)]:
            joined.remove(other)
            part = part.join(other)
        joined.append(part)
    tallest = max(part.height for part in joined)
    return sorted((p for p in joined if p.height > LOW * tallest), key=lambda part: part.left)


def find_cut(ink: Ink, part: Part) -> int:
    """The column in the middle half of touching digits that has the least ink."""
    start, stop = part.left + part.width // 4, part.right - part.width // 4
    return start + int(ink[:, start:stop].sum(0).argmin())


def find_color(ink: Ink, colors: Ink) -> int:
    """The strongest channel of the ink: 0 red, 1 green, 2 blue.

    Raises:
        DataError: two channels are about as strong.
    """
    mean = (colors * ink[..., None]).sum((0, 1))
    if np.sort(mean)[1] > MIXED * mean.max():
        raise DataError("a digit has no clear colour; allowed: red, green and blue")
    return int(mean.argmax())
