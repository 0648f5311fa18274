"""Settings of the spectrograms of speech."""

from pydantic import Field, model_validator

from crossmodal.config.section import Section


class Spectrograms(Section):
    """Linear and mel spectrograms in [0, 1], and the way back to sound (paper B, section 3.2).

    The paper gives 80 mels, 1025 linear bins and Griffin-Lim; the rest is usual for Tacotron.
    """

    sample_rate: int = Field(ge=8000, le=48000, description="Hz")
    window_seconds: float = Field(gt=0, le=0.5, description="length of a frame")
    hop_seconds: float = Field(gt=0, le=0.5, description="from frame to frame")
    fft_size: int = Field(ge=64, le=8192, description="samples; half of it and one are the bins")
    mels: int = Field(ge=8, le=512, description="mel bands")
    min_frequency: float = Field(ge=0, le=1000, description="Hz, lower edge of the mel bands")
    pre_emphasis: float = Field(ge=0, lt=1)
    reference: float = Field(ge=-100, le=100, description="dB of a magnitude that becomes 1")
    floor: float = Field(ge=-200, le=-10, description="dB below the reference that become 0")
    mel_updates: int = Field(
        default=1, ge=0, le=100, description="of magnitudes, towards the mel they were made of"
    )
    griffin_lim_iterations: int = Field(ge=1, le=1000)
    griffin_lim_power: float = Field(ge=1, le=3, description="sharpens magnitudes before it")
    silence_threshold: float = Field(
        ge=0, lt=1, description="share of the peak below which both ends are trimmed"
    )
    max_seconds: float = Field(gt=0, le=60, description="longer clips count as broken")

    @property
    def bins(self) -> int:
        """Frequencies of a linear spectrogram."""
        return self.fft_size // 2 + 1

    @property
    def window(self) -> int:
        """Samples of a frame."""
        return round(self.window_seconds * self.sample_rate)

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_seconds * self.sample_rate)

    @model_validator(mode="after")
    def check_lengths(self) -> "Spectrograms":
        """Frames overlap, so that sound can be had back, and fit the transform."""
        if not 1 <= self.hop <= self.window // 2:
            raise ValueError("allowed: hop_seconds of at most half of window_seconds")
        if self.window > self.fft_size:
            raise ValueError(f"allowed: fft_size of at least the window's {self.window} samples")
        return self
