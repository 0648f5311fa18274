"""Reading recordings as people have them, writing them, and bringing them to one length.

PyAV reads all of them, and so nothing depends on who made a file, or what it is called: wav, flac
and ogg, what phones and browsers record (m4a, mp4, webm, aac, amr), mp3, aiff and au.
"""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.broken import BrokenInput, Kind
from crossmodal.errors import DataError, one_line
from crossmodal.files import check_file

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Recorded = tuple[NDArray[np.float32], int]
Container = Literal["wav", "flac"]  # that is written
MAX_SECONDS = 60
MAX_SAMPLE_RATE = 192_000
MAX_SAMPLES = 2 * MAX_SECONDS * MAX_SAMPLE_RATE  # of all channels together
MAX_BYTES = 2**28  # so many samples of 64 bits, and a header
UNKNOWN_BYTES = 2**31 - 2**16  # sizes from here on stand in headers of streams, whose end was open
# What files start with, by FFmpeg's name of the container. It is named
# so that nothing is guessed: FFmpeg also knows playlists, which open other files.
CONTAINERS = {
    "matroska": rb"\x1a\x45\xdf\xa3",  # webm too
    "mov": rb"....(?:ftyp|moov|mdat|wide)",  # m4a, mp4, 3gp too
    "mp3": rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]",
    "aac": rb"\xff[\xf0\xf1\xf8\xf9]",
    "amr": rb"#!AMR",
    "ogg": rb"OggS",
    "flac": rb"fLaC",
    "wav": rb"RIFF|RF64|RIFX",
    "aiff": rb"FORM",
    "au": rb"\.snd",
}
READABLE = "wav, flac, mp3, m4a, ogg, webm"
# Containers whose length PyAV has from the header; of the others it is an estimate. An mp3's stands
# in a frame of one of these names.
LENGTH_IN_HEADER = ("matroska", "mov", "flac", "aiff", "au")
EXACT = ("flac", "aiff", "au")  # to the sample, as nothing is lost
MP3_LENGTH = re.compile(rb"Xing|Info")
ENCODERS: dict[Container, Literal["pcm_s16le", "flac"]] = {"wav": "pcm_s16le", "flac": "flac"}
SLACK = 0.25  # seconds; encoders add and leave out some thousand samples at the ends


def read_audio(path: Path) -> Recorded:
    """Mono samples as float32 [T], the mean of all channels, and the sample rate in Hz.

    Raises:
        DataError: as `decode_audio`.
    """
    try:
        return decode_audio(path)
    except BrokenInput as error:
        raise DataError(f"{path} {error}") from None


def decode_audio(path: Path) -> Recorded:
    """As `read_audio`, for who counts what is broken. What is wrong is told without the name.

    Bounds are checked before anything is decoded, and while it is where no header can be trusted.

    Raises:
        BrokenInput: missing, no regular file, not audio, cut off, longer than 60 s, above 192 kHz,
            of more samples than two such channels have, or with samples that are no numbers.
    """
    try:
        check_file(path, MAX_BYTES)
        content = path.read_bytes()
    except DataError as error:
        kind: Kind = "undecodable wav" if path.exists() else "missing wav"
        raise BrokenInput(kind, str(error).removeprefix(f"{path} ")) from None
    except OSError as error:
        raise BrokenInput("undecodable wav", f"cannot be read: {error.strerror}") from None
    check_wav(content)
    check_last_page(content)
    samples, rate = decode_container(content)
    if not np.isfinite(samples).all():
        raise BrokenInput("undecodable wav", "has samples that are no numbers")
    return samples, rate


def find_container(content: bytes) -> str | None:
    """FFmpeg's name of what the file is; None where it is none of those that PyAV reads here."""
    starts = CONTAINERS.items()
    return next((name for name, at in starts if re.match(at, content, re.DOTALL)), None)


def check_wav(content: bytes) -> None:
    """Raise BrokenInput where sound is missing at the end of a wav, or its header is another one's.

    A wrong size of the whole file is a common slip of writers that takes nothing away. Of less than
    half of the file it speaks where a recorder was stopped by force, or files were joined.
    """
    if not content.startswith((b"RIFF", b"RF64")):
        return
    said = int.from_bytes(content[4:8], "little") + 8
    if content.startswith(b"RIFF") and 8 < said < len(content) / 2:
        reason = f"is damaged: its header says {said:,} bytes, it has {len(content):,}"
        raise BrokenInput("undecodable wav", reason)
    place, large = 12, 0
    while place + 8 <= len(content):
        name, size = content[place : place + 4], content[place + 4 : place + 8]
        place += 8
        length = int.from_bytes(size, "little")
        if name == b"ds64":  # sizes beyond 32 bits: of the file, of the sound
            large = int.from_bytes(content[place + 8 : place + 16], "little")
        elif name == b"data":
            length, there = large or length, len(content) - place
            if there < length < UNKNOWN_BYTES:
                raise cut_off(f"{length:,} bytes of sound", f"{there:,}")
            return
        place += length + length % 2


def check_last_page(content: bytes) -> None:
    """Raise BrokenInput where the last page of an ogg is not all there: its end is missing then."""
    if content.startswith(b"OggS"):
        page = content[content.rfind(b"OggS") :]
        sizes = page[27 : 27 + page[26]] if len(page) > 26 else b"\xff"
        said = 27 + len(sizes) + sum(sizes)
        if said > len(page):
            raise cut_off(f"{said:,} bytes for its last page", f"{len(page):,}")


def decode_container(content: bytes) -> Recorded:
    """The first sound that PyAV finds in a file, in a video too. Raises BrokenInput."""
    import av  # only here: it loads FFmpeg

    name = find_container(content)
    if name is None:
        raise BrokenInput("undecodable wav", f"is not audio; allowed: {READABLE}")
    # A wav's header says all; FFmpeg would look through 5 MB of sound for more, ten times as long.
    options = {"probesize": "4096"} if name == "wav" else {}
    parts: list[NDArray[np.float32]] = []
    count, rate, claimed, failure = 0, 0, None, ""
    try:
        file = io.BytesIO(content)
        with av.open(file, "r", name, options=options, metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise BrokenInput("silent clip", "has no sound")
            stream = container.streams.audio[0]
            claimed = find_length(container, stream, content)
            # Not planar: of eight planes PyAV 18 reads a ninth, wherever that points.
            resampler, first = av.AudioResampler(format="flt"), None
            for frame in container.decode(stream):
                channels, rate = frame.layout.nb_channels, frame.sample_rate
                form = (frame.format.name, channels, rate)
                first = first or form
                if form != first:
                    raise ValueError(f"its sound changes from {first} to {form}")
                count += frame.samples
                check_bounds(rate, channels, max(count, round((claimed or 0) * rate)))
                for part in resampler.resample(frame):
                    parts.append(part.to_ndarray().reshape(-1, channels).mean(1))
    except (av.FFmpegError, ValueError) as error:
        failure = getattr(error, "strerror", None) or one_line(error)
    slack = 0.5 / rate if name in EXACT and rate else SLACK
    if claimed and rate and count < (claimed - slack) * rate:
        raise cut_off(f"{claimed:.2f} s", f"{count / rate:.2f} s")
    if failure:
        raise BrokenInput("undecodable wav", f"is cut off or damaged: {failure}")
    if not count:
        raise BrokenInput("silent clip", "has no sound")
    return np.concatenate(parts), rate


def find_length(container: "InputContainer", stream: "AudioStream", content: bytes) -> float | None:
    """Seconds of sound that a header speaks of; None where it does not."""
    name = container.format.name.split(",")[0]
    known = name in LENGTH_IN_HEADER or (name == "mp3" and MP3_LENGTH.search(content, 0, 2**16))
    if stream.duration is not None and stream.time_base is not None:
        length = float(stream.duration * stream.time_base)
    elif container.duration is not None and len(container.streams) == 1:
        length = (container.duration - max(0, container.start_time or 0)) / 1e6
    else:
        return None
    return length if known else None


def check_bounds(rate: int, channels: int, frames: int) -> None:
    """Raise BrokenInput where a recording is longer, faster or broader than is allowed."""
    if not 0 < rate <= MAX_SAMPLE_RATE:
        raise BrokenInput("undecodable wav", f"has {rate:,} Hz; allowed are up to 192 kHz")
    if frames > MAX_SECONDS * rate:
        raise BrokenInput("clip too long", f"lasts too long; allowed are up to {MAX_SECONDS} s")
    if frames * channels > MAX_SAMPLES:
        raise BrokenInput("undecodable wav", f"has {channels} channels; allowed: mono or stereo")


def cut_off(said: str, there: str) -> BrokenInput:
    """What to raise for a file that is shorter than its header says."""
    return BrokenInput("truncated wav", f"is cut off: its header says {said}, it holds {there}")


def encode_audio(samples: NDArray[np.float32], rate: int, container: Container) -> bytes:
    """A file of mono float32 [T] in [-1, 1] with 16 bits a sample; the same bytes every time."""
    import av
    from av.codec.context import Flags

    made = io.BytesIO()
    values = (samples * 2**15).round().clip(-(2**15), 2**15 - 1).astype(np.int16)
    # Else a version of FFmpeg stands in the file.
    with av.open(made, "w", container, options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(ENCODERS[container], rate=rate, layout="mono")
        stream.codec_context.flags |= Flags.bitexact
        file.start_encoding()
        if len(values):
            frame = av.AudioFrame.from_ndarray(values[None], format="s16", layout="mono")
            frame.sample_rate = rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return made.getvalue()


def trim_silence(samples: NDArray[np.float32], threshold: float, name: str) -> NDArray[np.float32]:
    """Cut both ends where the amplitude stays below `threshold` times the peak.

    Raises:
        DataError: the recording is silent.
    """
    level = np.abs(samples)
    peak = level.max(initial=0.0)
    if not peak > 0:
        raise DataError(f"the recording of {name!r} is silent")
    loud = np.flatnonzero(level >= threshold * peak)
    return samples[loud[0] : loud[-1] + 1]


def fit_length(samples: NDArray[np.float32], length: int, name: str) -> NDArray[np.float32]:
    """Centre `samples` in `length` samples of silence.

    Raises:
        DataError: there are more samples than that; a word is not cut silently.
    """
    if len(samples) > length:
        raise DataError(
            f"the recording of {name!r} has {len(samples)} samples, more than {length}; "
            "raise speak_words.seconds or speak_words.silence_threshold"
        )
    before = (length - len(samples)) // 2
    return np.pad(samples, (before, length - len(samples) - before))
