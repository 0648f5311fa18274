"""Recordings as phones and browsers make them."""

from pathlib import Path

import av
import numpy as np

CODECS = {
    ".mp3": "libmp3lame",
    ".m4a": "aac",
    ".mp4": "aac",
    ".aac": "aac",
    ".3gp": "aac",
    ".ogg": "libopus",
    ".opus": "libopus",
    ".webm": "libopus",
}
# A browser records without knowing how long it will: no length stands in the header.
STREAMED = {"live": "1"}
RATE = 48_000
LAYOUTS = {1: "mono", 2: "stereo", 8: "7.1"}


def encode(path: Path, samples: np.ndarray, rate: int = RATE, **options: str) -> Path:
    """Write float samples [T] or [T, channels] in the format of the suffix."""
    layout = LAYOUTS[samples.size // len(samples)]
    with av.open(path, "w", options=options) as container:
        stream = container.add_stream(CODECS[path.suffix], rate=rate, layout=layout)
        packed = samples.reshape(1, -1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(packed, "flt", layout)
        frame.rate, frame.pts = rate, 0
        for part in (frame, None):
            container.mux(stream.encode(part))
    return path
