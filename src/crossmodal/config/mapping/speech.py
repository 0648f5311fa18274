"""Settings of the recordings of words."""

from typing import Literal

from pydantic import Field, model_validator

from crossmodal.config.own_input import OwnInput, find_own
from crossmodal.config.section import Section


class SpeakWords(Section):
    """One recording for each word of the vocabulary (paper A, section 4)."""

    voice: Literal["hibari", "fsdd"] = Field(
        description="fsdd: digits from a human speaker, colour words by hibari"
    )
    fsdd_folder: OwnInput = Field(description="the Free Spoken Digit Dataset's recordings")
    fsdd_speaker: str = Field(description="the speaker's name in the FSDD file names")
    fsdd_index: int = Field(ge=0, le=49, description="which of the speaker's recordings")
    seed: int = Field(ge=0, description="seed of the synthesizer's noise")
    sample_rate: int = Field(ge=8000, le=48000, description="Hz")
    seconds: float = Field(gt=0, le=10, description="length of every recording")
    silence_threshold: float = Field(
        ge=0, lt=1, description="share of the peak below which ends are trimmed as silence"
    )

    @model_validator(mode="after")
    def check_folder(self) -> "SpeakWords":
        """The voice fsdd has a folder, and a folder that is named is used."""
        if (self.voice == "fsdd") != (find_own(self.fsdd_folder) is not None):
            raise ValueError("allowed: a folder in fsdd_folder with voice: fsdd, and only with it")
        return self
