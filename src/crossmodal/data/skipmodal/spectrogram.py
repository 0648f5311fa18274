"""Spectrograms in [0, 1] and the way back to sound (paper B, sections 3.1 and 3.2).

Frames are centred on every hop, so N samples have 1 + N // hop frames, and T frames give
(T - 1) * hop samples back. A value is the level in dB, the reference less the floor being 0 and
the reference 1: (20 log10(max(1e-5, S)) - reference - floor) / -floor, clipped.

Legend: N samples, T frames, F bins.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.audio import decode_audio
from crossmodal.data.broken import BrokenInput
from crossmodal.data.torchaudio_backend import import_torchaudio, resample
from crossmodal.errors import DataError

SMALLEST = 1e-5  # magnitude, -100 dB
BEFORE, AFTER = 0.025, 0.05  # seconds kept around what is loud
MOMENTUM = 0.99  # torchaudio's own: fast Griffin-Lim (Perraudin et al. 2013); 0 is the plain one
Values = NDArray[np.float32]


class SpectrogramMaker:
    """Spectrograms of clips, and clips from linear spectrograms; the same bytes every time."""

    def __init__(self, config: Spectrograms) -> None:
        """Makes windows and mel filters once."""
        self.config = config
        transforms = import_torchaudio().transforms
        sizes = {"n_fft": config.fft_size, "win_length": config.window, "hop_length": config.hop}
        self.spectrum = transforms.Spectrogram(**sizes, power=None, center=True)
        # Unlike MelScale of torchaudio, spectra are kept frames first: the filters are [F, mels].
        self.filters = transforms.MelScale(
            n_mels=config.mels,
            sample_rate=config.sample_rate,
            f_min=config.min_frequency,
            n_stft=config.bins,
            norm="slaney",
            mel_scale="slaney",
        ).fb
        # Without random phases: the first iteration starts at phase zero.
        self.griffin_lim = transforms.GriffinLim(
            **sizes,
            n_iter=config.griffin_lim_iterations,
            power=1.0,
            momentum=MOMENTUM,
            rand_init=False,
        )

    def analyse(self, samples: Values) -> tuple[Values, Values]:
        """Linear [T, F] and mel spectrogram [T, mels] of float32 [N] at the config's sample rate.

        Raises:
            BrokenInput: fewer samples than half a transform.
        """
        if len(samples) <= self.config.fft_size // 2:
            raise BrokenInput("clip too short", f"{len(samples)} samples")
        functional = import_torchaudio().functional
        waveform = functional.preemphasis(torch.from_numpy(samples), self.config.pre_emphasis)
        # numpy finds magnitudes of complex numbers 8 to 19 times as quickly as torch.
        magnitudes = torch.from_numpy(np.abs(self.spectrum(waveform).T.numpy()))  # [T, F]
        return self.to_levels(magnitudes), self.to_levels(magnitudes @ self.filters)

    def synthesize(self, linear: Values) -> Values:
        """Sound of a linear spectrogram [T, F] in [0, 1]: float32 [(T - 1) * hop] in [-1, 1].

        Griffin-Lim finds phases for the magnitudes raised to `griffin_lim_power`; then the
        pre-emphasis is undone.
        """
        config = self.config
        length = max(0, len(linear) - 1) * config.hop
        # Half a transform is mirrored at both ends: shorter sounds are made longer by silence.
        missing = max(0, config.fft_size // 2 // config.hop + 2 - len(linear))
        levels = torch.nn.functional.pad(torch.from_numpy(linear), (0, 0, 0, missing))
        sharpened = self.to_magnitudes(levels) ** config.griffin_lim_power
        waveform = self.griffin_lim(sharpened.T.contiguous())
        return self.undo_emphasis(waveform)[:length].numpy()

    def undo_emphasis(self, waveform: Tensor) -> Tensor:
        """Samples [N] of which `analyse` would make `waveform` [N], limited to [-1, 1].

        Pre-emphasis is y = (1 - c z) x, z being a delay by one sample, and its inverse the product
        of 1 + cz, 1 + (cz)^2, 1 + (cz)^4 and so on: a few passes over the samples.
        """
        samples, delay, gain = waveform, 1, self.config.pre_emphasis
        while gain > SMALLEST**2 and delay < len(samples):
            samples = samples + gain * torch.nn.functional.pad(samples[:-delay], (delay, 0))
            delay, gain = 2 * delay, gain**2
        return samples.clamp(-1, 1)

    def match_mel(self, linear: Values, mel: Values) -> Values:
        """Bring a linear spectrogram [T, F] nearer to the mel spectrogram [T, mels] it stands for.

        `mel_updates` multiplicative updates (Lee and Seung 2000, KL divergence) of the magnitudes:
        what a network estimates frequency by frequency is too even, and the bands that it was
        made of know better. Frequencies outside all bands stay, and what the mel says of a band at
        the floor is only that it is no louder.
        """
        magnitudes, wanted = (self.to_magnitudes(torch.from_numpy(x)) for x in (linear, mel))
        weight = self.filters.sum(1)
        inside, floor = weight > 0, torch.from_numpy(mel) <= 0
        for _ in range(self.config.mel_updates):
            ratio = wanted / (magnitudes @ self.filters).clamp(min=SMALLEST**2)
            ratio = torch.where(floor, ratio.clamp(max=1), ratio)
            update = ratio @ self.filters.T / weight.where(inside, 1)
            magnitudes = magnitudes * update.where(inside, 1)
        return self.to_levels(magnitudes)

    def to_levels(self, magnitudes: Tensor) -> Values:
        """Magnitudes of any shape as levels in [0, 1]."""
        # In place: half the time.
        decibels = magnitudes.clamp(min=SMALLEST).log10_().mul_(20)
        floor = self.config.floor
        levels = decibels.sub_(self.config.reference).sub_(floor).div_(-floor)
        return levels.clamp_(0, 1).numpy()

    def to_magnitudes(self, levels: Tensor) -> Tensor:
        """The inverse of `to_levels`, but for what was clipped."""
        decibels = levels.clamp(0, 1) * -self.config.floor + self.config.floor
        return 10 ** ((decibels + self.config.reference) / 20)


def read_clip(path: Path, config: Spectrograms) -> Values:
    """A recording at the config's sample rate without silence at its ends, float32 [N].

    Raises:
        BrokenInput: as `decode_audio`, too long, of an unusual sample rate, or silent.
    """
    samples, rate = decode_audio(path)
    if len(samples) > config.max_seconds * rate:
        raise BrokenInput("clip too long", f"lasts {len(samples) / rate:.2f} s")
    try:
        samples = resample(samples, rate, config.sample_rate)
    except DataError as error:
        raise BrokenInput("undecodable wav", f"has {error}") from None
    return trim_ends(samples, config)


def trim_ends(samples: Values, config: Spectrograms) -> Values:
    """Cut both ends where no sample reaches the threshold, less 25 ms before and 50 ms after.

    Raises:
        BrokenInput: the clip is silent, or has samples that are no numbers.
    """
    level = np.abs(samples)
    peak = level.max(initial=0)
    if not np.isfinite(peak):
        raise BrokenInput("undecodable wav", "samples that are no numbers")
    if peak == 0:
        raise BrokenInput("silent clip", "")
    loud = np.flatnonzero(level >= config.silence_threshold * peak)
    start = max(0, loud[0] - round(BEFORE * config.sample_rate))
    return samples[start : loud[-1] + 1 + round(AFTER * config.sample_rate)]
