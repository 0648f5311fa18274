"""Files that cannot be used, one of each kind."""

import json
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from crossmodal.files import sha256
from crossmodal.inference.description import hash_values
from tests.src.cli.good_files import RATE, make_tone, write_strokes, write_tones


def write_files(folder: Path) -> None:
    """Pictures, recordings and other things, good and bad."""
    write_pictures(folder)
    write_recordings(folder)
    for name in ("text.png", "text.wav", "text.mp3", "text.gif", "x.npy", "x.mp4"):
        (folder / name).write_text("seven five\n")
    for name in ("empty.png", "empty.jpg", "empty.wav", "empty.flac"):
        (folder / name).touch()
    for name in ("folder.png", "folder.wav", "shelf", "taken/double-conv_vae", "nothing"):
        (folder / name).mkdir(parents=True)
    for suffix in ("png", "wav"):
        (folder / f"broken.{suffix}").symlink_to("nowhere")
        (folder / f"zero.{suffix}").symlink_to("/dev/zero")
        os.mkfifo(folder / f"pipe.{suffix}")


def write_pictures(folder: Path) -> None:
    """`good.png`, `color.png`, and pictures that are none or that show nothing."""
    write_strokes(folder / "color.png", ("red", "blue"))
    good = write_strokes(folder / "good.png")
    jpeg = write_strokes(folder / "good.jpg")
    (folder / "cut.png").write_bytes(good.read_bytes()[:-40])
    (folder / "cut.jpg").write_bytes(jpeg.read_bytes()[:-400])
    (folder / "head.png").write_bytes(good.read_bytes()[:20])
    (folder / "bomb.png").write_bytes(claim_size(100_000, 100_000))
    (folder / "large.png").write_bytes(claim_size(9000, 9000))
    Image.new("L", (1, 1)).save(folder / "point.png")
    Image.new("RGB", (200, 100), "white").save(folder / "white.png")
    Image.new("RGB", (99, 99), "white").save(folder / "square.png")
    strip = Image.new("RGB", (2000, 10))
    strip.paste("red", (0, 0, 1000, 10))
    strip.save(folder / "strip.png")
    Image.new("RGBA", (200, 100)).save(folder / "clear.png")
    Image.new("I;16", (200, 100)).save(folder / "blank16.png")
    Image.new("CMYK", (200, 100)).save(folder / "blank_cmyk.jpg")
    frames = [Image.new("L", (56, 28), value) for value in (0, 99)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    shutil.copy(folder / "animated.gif", folder / "gif.png")
    frames[0].save(folder / "animated.png", save_all=True, append_images=frames[1:])
    for suffix in ("bmp", "webp", "tiff"):
        frames[0].save(folder / f"other.{suffix}")
    shutil.copy(folder / "other.bmp", folder / "bmp.jpg")
    with (folder / "heavy.png").open("wb") as file:
        file.truncate(2**31)


def claim_size(width: int, height: int) -> bytes:
    """A PNG whose header says this size and that has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def write_recordings(folder: Path) -> None:
    """`two.wav`, `four.wav`, `word.wav`, and recordings of something else."""
    for name, count in {"word": 1, "two": 2, "three": 3, "four": 4, "five": 5}.items():
        write_tones(folder / f"{name}.wav", count)
    two, rate = soundfile.read(folder / "two.wav", dtype="float32")
    sounds = {
        "silent": np.zeros(RATE),
        "none": np.zeros(0),
        "click": np.ones(200),
        "long": np.tile(two, 61),
        "stereo": np.stack([two, two], axis=1),
        "lasting": np.tile(make_tone(440.0)[RATE // 8 : RATE // 4], 30),
    }
    for name, samples in sounds.items():
        soundfile.write(folder / f"{name}.wav", samples, rate)
    for name, value in {"nan": np.nan, "inf": np.inf}.items():
        broken = two.copy()
        broken[5000] = value
        soundfile.write(folder / f"{name}.wav", broken, rate, subtype="FLOAT")
    for hertz in (1, 4000, 191_999, 768_000):
        soundfile.write(folder / f"{hertz}hz.wav", two, hertz)
    content = (folder / "two.wav").read_bytes()
    (folder / "head.wav").write_bytes(content[:30])
    (folder / "claims.flac").write_bytes(b"fLaC" + b"\xff" * 60)


def write_damaged_models(folder: Path, models: Path) -> None:
    """Folders with one of the `models`, each damaged in its own way."""

    def copy(name: str, model: str = "double-conv_vae") -> Path:
        return Path(shutil.copytree(models / model, folder / name / model))

    def rewrite(name: str, *model: str, **changes: object) -> None:
        """Other values with right checksums, as only a person can make them."""
        path = copy(name, *model) / "model.json"
        values = json.loads(path.read_text()) | changes
        path.write_text(json.dumps({**values, "self_sha256": hash_values(values)}))

    (copy("no-weights") / "weights.safetensors").unlink()
    cut = copy("cut-weights") / "weights.safetensors"
    cut.write_bytes(cut.read_bytes()[:1000])
    flip(copy("flipped-weights") / "weights.safetensors")
    swapped = copy("swapped-weights") / "weights.safetensors"
    other = models / "double-direct/weights.safetensors"
    shutil.copy(other, swapped)
    files = json.loads((models / "double-conv_vae/model.json").read_text())["files"]
    listed = {"bytes": other.stat().st_size, "sha256": sha256(other)}
    rewrite("exchanged-weights", files={**files, "weights.safetensors": listed})
    shutil.copy(other, folder / "exchanged-weights/double-conv_vae/weights.safetensors")
    texts = {"no-json": "model", "blank-json": "", "nested-json": "[" * 200_000, "list-json": "[]"}
    for name, text in texts.items():
        (copy(name) / "model.json").write_text(text)
    (copy("byte-json") / "model.json").write_bytes(b"\xff\xfe{}")
    altered = copy("altered-json") / "model.json"
    altered.write_text(altered.read_text().replace("15.5", "99.9"))
    large = copy("large-json") / "model.json"
    large.write_text(large.read_text() + " " * 2**23)
    rewrite("old-format", format=1)
    rewrite("unknown-family", family="gan")
    rewrite("other-words", vocabulary=["seven", "five"])
    rewrite(
        "huge-network",
        network={"autoencoder": "conv_vae", "embedding_size": 10**9, "hidden_size": 9},
    )
    (copy("no-card") / "README.md").unlink()
    run = "skipmodal-ours-0"
    (copy("run-no-weights", run) / "weights.safetensors").unlink()
    flip(copy("run-flipped-weights", run) / "weights.safetensors")
    altered = copy("run-altered-json", run) / "model.json"
    altered.write_text(altered.read_text().replace("0.25", "0.01"))
    rewrite("run-other-network", run, network={"kind": "slots", "slots": 10**9})
    rewrite("run-other-rate", run, spectrograms={"sample_rate": 10**9})


def flip(path: Path) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
