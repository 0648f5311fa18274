"""The lines of lined and squared paper: found as long straight lines, taken away around digits.

Legend: H, W a picture's height and width, pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.morphology import closing, dilation, footprint_rectangle
from skimage.transform import hough_line, hough_line_peaks

Mask = NDArray[np.bool_]
SLANT, STEP = np.deg2rad(13), np.deg2rad(0.25)  # how far paper is turned at most
VOTES = 0.35  # of a side: pixels on a line that make it worth a look
MOST = 200  # lines looked at
LENGTH = 0.3  # of a side: the shortest
COVERED = 0.6  # of a line's pixels that are ink
END = 5  # a line's part at either end, of which half is ink: few digits reach both borders
WIDEST = 0.02  # of the shorter side: a ruling; what is wider is a stroke or a shadow
THICKEST = 14  # pixels above or below a line's middle


@dataclass(frozen=True)
class Rulings:
    """Level (axis 0) or upright (1) lines: their middles, bool [H, W], and their width, pixels."""

    axis: int
    middles: Mask
    width: int


def find_rulings(inked: Mask) -> list[Rulings]:
    """The lines that run from border to border; no wider ones, which are strokes or shadows.

    Args:
        inked: bool [H, W], also where the lines are paler than strokes.
    """
    found = []
    for axis in (0, 1):
        middles = find_lines(inked, axis)
        if middles.any():
            width = measure_width(inked, middles, axis)
            if width <= max(3, WIDEST * min(inked.shape)):
                found.append(Rulings(axis, middles, width))
    return found


def remove_rulings(strokes: Mask, found: list[Rulings]) -> Mask:
    """The strokes without the lines; digits that cross them stay whole."""
    for rulings in found:
        reach = rulings.width + 4
        others = strokes & ~dilation(rulings.middles, across(reach, rulings.axis))
        # What has ink on both sides of a line belongs to a digit.
        padded = np.pad(others, reach + 2)
        whole = closing(padded, across(reach + 2, rulings.axis))
        strokes = strokes & whole[reach + 2 : -reach - 2, reach + 2 : -reach - 2]
    return strokes


def find_lines(mask: Mask, axis: int) -> Mask:
    """The middles of all rulings; axis: 0 for level ones, 1 for upright ones."""
    height, width = mask.shape
    length = (width, height)[axis]
    near = dilation(mask, footprint_rectangle((3, 3)))
    found = np.zeros_like(mask)
    angles = (np.pi / 2, 0)[axis] + np.arange(-SLANT, SLANT, STEP)
    votes, angles, distances = hough_line(mask, angles)
    _, *peaks = hough_line_peaks(votes, angles, distances, 6, 3, VOTES * length, MOST)
    for angle, distance in zip(*peaks, strict=True):
        along = np.arange(length)
        sine, cosine = np.sin(angle), np.cos(angle)
        if axis == 0:
            columns, rows = along, np.rint((distance - along * cosine) / sine).astype(int)
        else:
            rows, columns = along, np.rint((distance - along * sine) / cosine).astype(int)
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        rows, columns = rows[inside], columns[inside]
        if len(rows) > LENGTH * length and is_ruling(near[rows, columns]):
            found[rows, columns] = True
    return found


def is_ruling(ink: Mask) -> bool:
    """Whether the pixels along a line from border to border are those of a ruling."""
    end = max(3, len(ink) // END)
    return bool(ink.mean() > COVERED and min(ink[:end].mean(), ink[-end:].mean()) > 0.5)


def measure_width(mask: Mask, lines: Mask, axis: int) -> int:
    """The median width of the lines, pixels."""
    rows, columns = np.nonzero(lines)
    padded = np.pad(mask, THICKEST)
    widths = np.zeros(len(rows), int)
    for sign in (1, -1):
        inked = np.ones(len(rows), bool)
        for step in range(1, THICKEST):
            shift = (sign * step * (1 - axis) + THICKEST, sign * step * axis + THICKEST)
            inked &= padded[rows + shift[0], columns + shift[1]]
            widths += inked
    return int(np.median(widths)) + 1


def across(length: int, axis: int) -> NDArray[np.uint8]:
    """A footprint that reaches across lines."""
    shape = (length, 1) if axis == 0 else (1, length)
    footprint: NDArray[np.uint8] = footprint_rectangle(shape)
    return footprint
