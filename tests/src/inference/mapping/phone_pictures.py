"""Pictures of two digits on paper as phones take them: lines, shadows, slant, blur, JPEG."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PAPERS = [(250, 250, 248), (238, 232, 215), (215, 218, 222), (244, 236, 160)]
INKS = [(25, 25, 30), (20, 30, 110), (30, 60, 170), (170, 25, 30), (20, 100, 40), (70, 70, 75)]
LINES = [(175, 195, 225), (190, 190, 190), (140, 160, 200), (230, 170, 170), (120, 120, 130)]
BOARDS, CHALKS = [(20, 22, 25), (25, 60, 45)], [(235, 235, 230), (250, 230, 120)]
KINDS = ["plain", "lined", "squared", "shadow", "lined shadow", "squared shadow", "dark"]


def take_picture(digits, kind, rng):
    """A picture of about 900 x 620 pixels, uint8 [H, W, 3].

    Args:
        digits: any number of uint8 [28, 28].
        kind: what they are on, and under; all else is drawn by `rng`.
    """
    size = int(rng.integers(700, 1100)), int(rng.integers(480, 760))
    grounds, inks = (BOARDS, CHALKS) if kind == "dark" else (PAPERS, INKS)
    page = Image.new("RGB", size, grounds[rng.integers(len(grounds))])
    rule(page, kind, rng)
    write(page, digits, inks[rng.integers(len(inks))], rng)
    corner = page.getpixel((0, 0))
    page = page.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=corner)
    lit = np.asarray(page, np.float32) * cast_light(size, "shadow" in kind, rng)
    page = Image.fromarray(lit.clip(0, 255).astype(np.uint8))
    blurred = page.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.8)))
    noise = rng.normal(0, rng.uniform(0, 6), (*size[::-1], 1))
    values = (np.asarray(blurred) + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=int(rng.integers(50, 92)))
    return np.array(Image.open(file))


def rule(page, kind, rng):
    """The lines of the paper."""
    draw, (width, height) = ImageDraw.Draw(page), page.size
    spacing, thickness = int(rng.integers(28, 70)), int(rng.integers(1, 4))
    color, start = LINES[rng.integers(len(LINES))], int(rng.integers(spacing))
    if "lined" in kind or "squared" in kind:
        for y in range(start, height, spacing):
            draw.line((0, y, width, y), color, thickness)
    if "squared" in kind:
        for x in range(start, width, spacing):
            draw.line((x, 0, x, height), color, thickness)


def write(page, digits, ink, rng):
    """Digits side by side, anywhere, small or large."""
    width, height = page.size
    count = len(digits)
    largest = min(height * 3 // 5, int(width / (1.25 * max(count, 2))))
    side = int(rng.integers(min(height // 5, largest - 1), largest))
    gap = int(side * rng.uniform(-0.1, 0.2))
    left = int(rng.integers(0, width - count * side - (count - 1) * max(gap, 0) + 1))
    top = int(rng.integers(side // 12, height - side - side // 12))
    mask = Image.new("L", page.size)
    for place, digit in enumerate(digits):
        large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        down = int(rng.integers(-side // 12, side // 12 + 1))
        mask.paste(large, (left + place * (side + gap), top + down))
    page.paste(Image.new("RGB", page.size, ink), mask=mask)


def cast_light(size, shadow, rng):
    """Uneven warm light, and the edge of a shadow, sharp or soft: factors, [H, W, 3]."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    way = rng.uniform(0, 2 * np.pi, 2)
    light = 1 + rng.uniform(0, 0.25) * (np.cos(way[0]) * x / width + np.sin(way[0]) * y / height)
    if shadow:
        right, down = rng.uniform(0.25, 0.75, 2)
        away = np.cos(way[1]) * (x - width * right) + np.sin(way[1]) * (y - height * down)
        dark = rng.uniform(0.35, 0.75)
        light = light * (dark + (1 - dark) / (1 + np.exp(-3 * away / rng.uniform(4, 60))))
    tint = np.array([1, rng.uniform(0.95, 1), rng.uniform(0.82, 1)], np.float32)
    return light[..., None] / light.max() * tint
