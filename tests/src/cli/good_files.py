"""Files that can be used: recordings of tones, pictures of strokes."""

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

RATE = 24_000


def make_tone(frequency: float, rate: int = RATE) -> np.ndarray:
    """Half a second with 0.3 s of sound in the middle, float32."""
    times = np.arange(rate // 2) / rate
    sound = np.sin(2 * np.pi * frequency * times) * ((times > 0.1) & (times < 0.4))
    return sound.astype(np.float32)


def write_tones(path: Path, count: int, rate: int = RATE) -> Path:
    """A recording of so many sounds with pauses between them."""
    soundfile.write(
        path, np.concatenate([make_tone(300.0 + 90 * n, rate) for n in range(count)]), rate
    )
    return path


def write_strokes(path: Path, colors=("white", "white"), mode: str = "RGB") -> Path:
    """A picture of two strokes on black."""
    image = Image.new("RGB", (120, 60))
    for side, color in enumerate(colors):
        image.paste(color, (20 + 60 * side, 10, 34 + 60 * side, 50))
    image.convert(mode).save(path)
    return path


def write_scene(path) -> np.ndarray:
    """A picture of two squares of colour on black, in the size of small models of scenes."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[4:14, 4:12] = (255, 40, 40)
    pixels[18:30, 16:28] = (70, 90, 255)
    Image.fromarray(pixels).save(path)
    return pixels
