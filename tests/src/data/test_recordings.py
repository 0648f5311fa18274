"""Recordings as people have them: each is read as it is, or refused with what is wrong with it."""

import io
import os
import resource
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from crossmodal.data.audio import MAX_BYTES, decode_audio, encode_audio, read_audio
from crossmodal.data.broken import BrokenInput
from crossmodal.errors import DataError
from tests.src.data.encoded_audio import CODECS, RATE, STREAMED, encode

PLAIN = [
    ("WAV", "PCM_16"), ("WAV", "PCM_U8"), ("WAVEX", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "ULAW"),
    ("WAV", "ALAW"), ("WAV", "IMA_ADPCM"), ("WAV", "GSM610"), ("RF64", "PCM_16"),
    ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip
# Sizes of the sound in headers of writers that cannot know it.
STREAMS = [0, 2**32 - 1, 2**31 - 1, 2**31 - 37, 2**31, 0x7FFFF000]


def tone(seconds: float = 1.0, rate: int = RATE) -> np.ndarray:
    """A tone of 440 Hz that does not start at once."""
    times = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * 440 * times) * (times > 0.2)).astype(np.float32)


def check_tone(samples: np.ndarray, rate: int, seconds: float = 1.0) -> None:
    """As long as it was, of its pitch, as loud, at its place."""
    assert samples.ndim == 1 and samples.dtype == np.float32
    assert len(samples) == pytest.approx(seconds * rate, abs=0.05 * rate)
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() * rate / len(samples) == pytest.approx(440, abs=3)
    assert samples[round(0.3 * rate) :].std() == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    assert np.abs(samples[: round(0.15 * rate)]).max() < 0.05


def refusal(path) -> BrokenInput:
    with pytest.raises(BrokenInput) as caught:
        decode_audio(path)
    assert "\n" not in str(caught.value)
    return caught.value


def cut(path, share: float = 0.5):
    content = path.read_bytes()
    path.write_bytes(content[: round(share * len(content))])
    return path


@pytest.mark.parametrize(("container", "kind"), PLAIN)
def test_what_libsndfile_writes_is_read_and_a_cut_one_is_not(tmp_path, container, kind):
    path, rate = tmp_path / "a.wav", 8000
    soundfile.write(path, tone(5, rate), rate, format=container, subtype=kind)
    samples, found = read_audio(path)
    check_tone(samples, found, 5)
    error = refusal(cut(path, 0.8))
    assert "is cut off" in str(error) and error.kind == "truncated wav"


LOSSLESS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "AIFF", "AU", "FLAC"])
@pytest.mark.parametrize("kind", LOSSLESS)
def test_samples_are_those_that_libsndfile_reads(tmp_path, container, kind):
    if not soundfile.check_format(container, kind):
        return
    path, noise = tmp_path / "a.wav", np.random.default_rng(0).uniform(-1, 1, 9001)
    soundfile.write(path, noise, 16_000, format=container, subtype=kind)
    samples, rate = read_audio(path)
    assert rate == 16_000 and np.array_equal(samples, soundfile.read(path, dtype="float32")[0])
    path.write_bytes(path.read_bytes()[:-8])
    assert "is cut off" in str(refusal(path))


@pytest.mark.parametrize(("container", "kind"), [("W64", "PCM_16"), ("CAF", "ALAC_16")])
def test_containers_that_nobody_here_reads_are_refused(tmp_path, container, kind):
    soundfile.write(tmp_path / "a.wav", tone(), RATE, format=container, subtype=kind)
    assert "is not audio; allowed: wav, flac, mp3" in str(refusal(tmp_path / "a.wav"))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", CODECS)
def test_what_phones_and_browsers_record_is_read(tmp_path, suffix, channels):
    sound = np.stack([tone()] * channels, axis=1)
    check_tone(*read_audio(encode(tmp_path / f"a{suffix}", sound)))
    check_tone(*read_audio((tmp_path / f"a{suffix}").rename(tmp_path / "other.wav")))


@pytest.mark.parametrize("suffix", [".m4a", ".webm"])
def test_sound_of_a_film_in_eight_channels_is_mixed_down(tmp_path, suffix):
    sound = np.zeros((RATE, 8), np.float32)
    sound[:, 2] = tone()
    samples, rate = read_audio(encode(tmp_path / f"a{suffix}", sound))
    check_tone(samples * 8, rate)


def test_a_recording_of_a_browser_has_no_length_in_its_header(tmp_path):
    check_tone(*read_audio(encode(tmp_path / "a.webm", tone(), **STREAMED)))
    long = encode(tmp_path / "long.webm", np.zeros(61 * RATE), **STREAMED)
    assert str(refusal(long)) == "lasts too long; allowed are up to 60 s"


@pytest.mark.parametrize("suffix", CODECS)
def test_a_cut_compressed_recording_is_not_taken_for_whole(tmp_path, suffix):
    error = refusal(cut(encode(tmp_path / f"a{suffix}", tone(3))))
    assert "is cut off" in str(error)
    assert error.kind == "truncated wav" or suffix in (".m4a", ".mp4", ".3gp", ".aac")


@pytest.mark.parametrize("said", STREAMS)
@pytest.mark.parametrize("kind", ["PCM_16", "PCM_24", "FLOAT", "ULAW"])
def test_a_wav_that_was_streamed_is_read_whole(tmp_path, kind, said):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(rate=8000), 8000, subtype=kind)
    whole, _ = read_audio(path)
    content = bytearray(path.read_bytes())
    place = content.index(b"data") + 4
    content[place : place + 4] = said.to_bytes(4, "little")
    content[4:8] = min(2**32 - 1, said + 36 if said else 0).to_bytes(4, "little")
    path.write_bytes(content)
    samples, rate = read_audio(path)
    assert rate == 8000 and np.array_equal(samples, whole)


def test_a_flac_that_was_streamed_is_read_whole(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(rate=8000), 8000)
    whole, _ = read_audio(path)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    assert np.array_equal(read_audio(path)[0], whole)


def test_a_wrong_size_of_the_whole_file_takes_nothing_away(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(rate=8000), 8000)
    content = bytearray(path.read_bytes())
    content[4:8] = (len(content) + 30).to_bytes(4, "little")
    path.write_bytes(content + b"TAG" + bytes(125))
    assert len(read_audio(path)[0]) == 8000


def test_a_header_of_a_small_part_is_noticed(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.3, 8000), 8000)
    path.write_bytes(path.read_bytes() * 3)
    assert "its header says 4,844 bytes, it has 14,532" in str(refusal(path))


def test_all_channels_count_and_samples_are_those_of_the_file(tmp_path):
    rng = np.random.default_rng(0)
    samples = rng.uniform(-0.5, 0.5, (4000, 3)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    assert np.allclose(read_audio(tmp_path / "a.wav")[0], samples.mean(1), atol=1e-7)
    soundfile.write(tmp_path / "b.wav", samples[:, 0], 8000, subtype="PCM_16")
    exact = soundfile.read(tmp_path / "b.wav", dtype="float32")[0]
    assert np.array_equal(read_audio(tmp_path / "b.wav")[0], exact)


@pytest.mark.parametrize("container", ["wav", "flac"])
@pytest.mark.parametrize("count", [1, 4097, 30_001])
def test_sound_is_written_to_the_sample_and_the_same_each_time(container, count):
    samples = np.random.default_rng(0).uniform(-1.1, 1.1, count).astype(np.float32)
    made = encode_audio(samples, 24_000, container)
    read, rate = soundfile.read(io.BytesIO(made), dtype="float32")
    assert rate == 24_000 and soundfile.info(io.BytesIO(made)).subtype == "PCM_16"
    assert made == encode_audio(samples, 24_000, container) and b"Lavf" not in made
    exact = samples.clip(-1, 1 - 2**-15)
    np.testing.assert_allclose(read, exact, rtol=0, atol=2**-16)
    assert np.array_equal(soundfile.read(io.BytesIO(encode_audio(read, rate, container)))[0], read)


@pytest.mark.parametrize(("container", "start"), [("wav", b"RIFF"), ("flac", b"fLaC")])
def test_sound_of_no_length_is_a_header(container, start):
    assert encode_audio(np.zeros(0, np.float32), 24_000, container).startswith(start)


def test_files_that_are_no_recording(tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "gone.wav").symlink_to("nowhere")
    (tmp_path / "list.m4a").write_text("#EXTM3U\n#EXTINF:10,\n/etc/hostname\n")
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 8000)
    soundfile.write(tmp_path / "nan.wav", np.full(10, np.nan), 8000, subtype="FLOAT")
    soundfile.write(tmp_path / "long.wav", np.zeros(8000 * 61), 8000)
    soundfile.write(tmp_path / "fast.wav", np.zeros(100), 768_000)
    soundfile.write(tmp_path / "many.wav", np.zeros((48_000 * 30, 64), np.int16), 48_000)
    for name, said in {
        "none.wav": "is missing",
        "gone.wav": r"is missing \(it is a link to nothing\)",
        "text.wav": "is not audio; allowed: wav, flac, mp3, m4a, ogg, webm",
        "list.m4a": "is not audio",
        "folder.wav": "is a folder, but must be a file",
        "pipe.wav": "is a pipe",
        "large.wav": "has 268,435,457 bytes, more than",
        "empty.wav": "has no sound",
        "nan.wav": "has samples that are no numbers",
        "long.wav": "lasts too long; allowed are up to 60 s",
        "fast.wav": "has 768,000 Hz; allowed are up to 192 kHz",
        "many.wav": "has 64 channels; allowed: mono or stereo",
    }.items():
        with pytest.raises(DataError, match=f"^{tmp_path / name} {said}"):
            read_audio(tmp_path / name)


LYING = """
import resource, sys
from pathlib import Path
from crossmodal.data.audio import decode_audio
from crossmodal.data.broken import BrokenInput
import av
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        decode_audio(path)
    except BrokenInput as error:
        print(path.name, error.kind)
"""


def test_a_header_that_lies_takes_no_memory(project, tmp_path):
    """Each claims hours of sound; the process may have 2 GiB in all."""
    folder = tmp_path / "lying"
    folder.mkdir()
    soundfile.write(folder / "a.flac", tone(), RATE)
    flac = bytearray((folder / "a.flac").read_bytes())
    flac[21:26] = bytes([flac[21] | 0xF]) + b"\xff" * 4
    (folder / "a.flac").write_bytes(flac)
    webm = bytearray(encode(folder / "b.webm", tone()).read_bytes())
    place = webm.index(b"\x44\x89\x88") + 3  # milliseconds, a float of 64 bits
    webm[place : place + 8] = np.array(1e12, ">f8").tobytes()
    (folder / "b.webm").write_bytes(webm)
    for name, table, place in (("c", b"stts", 8), ("d", b"stsz", 12)):  # how many rows it has
        content = bytearray(encode(folder / f"{name}.m4a", tone()).read_bytes())
        place += content.index(table)
        content[place : place + 4] = b"\x7f\xff\xff\xff"
        (folder / f"{name}.m4a").write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": f"{project / 'src'}"}
    result = subprocess.run(
        [sys.executable, "-c", LYING, folder], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    long, damaged = "clip too long", "undecodable wav"
    kinds = {"a.flac": long, "b.webm": long, "c.m4a": damaged, "d.m4a": damaged}
    assert result.stdout.splitlines() == [f"{name} {kind}" for name, kind in kinds.items()]


@pytest.fixture(scope="module")
def encoded(tmp_path_factory):
    """A short recording of each kind, as bytes."""
    folder = tmp_path_factory.mktemp("encoded")
    found = [encode(folder / f"a{suffix}", tone(0.3)).read_bytes() for suffix in CODECS]
    for container, kind in PLAIN:
        path = folder / f"{container}-{kind}"
        soundfile.write(path, tone(0.3, 8000), 8000, format=container, subtype=kind)
        found.append(path.read_bytes())
    return found


@settings(max_examples=150)
@given(data=st.data())
def test_any_damaged_recording_is_read_or_refused(encoded, tmp_path_factory, data):
    content = bytearray(data.draw(st.sampled_from(encoded)))
    for _ in range(data.draw(st.integers(0, 6))):
        # Headers, where damage does most, are hit more often.
        place = int(data.draw(st.floats(0, 0.999)) ** 3 * len(content))
        content[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    path = tmp_path_factory.mktemp("damaged") / "a.wav"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        samples, rate = decode_audio(path)
    except BrokenInput as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert samples.ndim == 1 and np.isfinite(samples).all() and 0 < rate <= 192_000
        assert 0 < len(samples) <= 60 * rate
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 2**19  # KiB
