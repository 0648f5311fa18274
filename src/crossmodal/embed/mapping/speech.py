"""Speech embeddings: mel-frequency cepstral coefficients of a word (paper A, section 4)."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.librosa_backend import import_librosa

librosa = import_librosa()


class MfccSettings(Protocol):
    """What is taken from a section of the parameters, or from a bundle."""

    @property
    def coefficients(self) -> int:
        """MFCCs a word."""

    @property
    def mels(self) -> int:
        """Mel bands."""

    @property
    def window_length(self) -> int:
        """Samples a frame."""

    @property
    def hop_length(self) -> int:
        """Samples from frame to frame."""


def embed_recording(
    samples: NDArray[np.float32], sample_rate: int, config: MfccSettings
) -> NDArray[np.float32]:
    """The coefficients of float32 [T] samples averaged over its frames, float32 [D].

    The paper has 13 numbers for a recording of 0.5 s: one MFCC vector a word.
    """
    coefficients = librosa.feature.mfcc(
        y=samples,
        sr=sample_rate,
        n_mfcc=config.coefficients,
        n_mels=config.mels,
        n_fft=config.window_length,
        hop_length=config.hop_length,
        pad_mode="reflect",
    )
    vector: NDArray[np.float32] = coefficients.mean(axis=1).astype(np.float32)
    return vector
