import base64
import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from crossmodal.errors import DataError
from crossmodal.report.media import embed_picture, embed_words


def decode(address, kind):
    head, content = address.split(",")
    assert head == f"data:{kind};base64"
    return io.BytesIO(base64.b64decode(content, validate=True))


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_lose_nothing(channels):
    image = np.random.default_rng(0).integers(0, 256, (channels, 28, 56), np.uint8)
    file = decode(embed_picture(image), "image/png")
    pixels = np.asarray(Image.open(file, formats=["PNG"]))
    assert np.array_equal(pixels.reshape(28, 56, channels), np.moveaxis(image, 0, -1))


@pytest.fixture
def recordings(tmp_path):
    rng = np.random.default_rng(0)
    samples = {word: rng.integers(-30_000, 30_000, 1200, np.int16) for word in ("two", "one")}
    for word, values in samples.items():
        soundfile.write(tmp_path / f"{word}.wav", values, 24_000, subtype="PCM_16")
    return tmp_path, samples


def test_words_stand_one_after_the_other(recordings):
    folder, samples = recordings
    heard, rate = soundfile.read(
        decode(embed_words(folder, ("two", "one")), "audio/flac"), dtype="int16"
    )
    assert rate == 24_000
    said = np.concatenate([samples["two"], samples["one"]])
    # Through floats: at most one step of 16 bits off.
    assert np.abs(heard.astype(int) - said).max() <= 1
    assert embed_words(folder, ("two", "one")) == embed_words(folder, ("two", "one"))


def test_words_that_do_not_fit_together_are_refused(recordings):
    folder, samples = recordings
    soundfile.write(folder / "one.wav", samples["one"], 16_000, subtype="PCM_16")
    with pytest.raises(DataError, match="the sample rates differ"):
        embed_words(folder, ("two", "one"))
    with pytest.raises(DataError, match=r"three\.wav is missing"):
        embed_words(folder, ("two", "three"))
