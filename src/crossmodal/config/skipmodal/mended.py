"""Settings of `mended`: paper B's network with the five changes that let it say what images show.

Each change can be switched off; `docs/skipmodal/mended.md` shows what each is for.
"""

from typing import Literal, Self

from pydantic import Field

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.config.skipmodal.network import LossWeights, SkipModalNetworkSettings, Weight
from crossmodal.config.skipmodal.slots import MOST_SLOTS


class Changes(Section):
    """What is changed in the paper's form; each with its own switch."""

    normalize: bool = Field(
        default=True, description="batch normalisation of each modality's e, without parameters"
    )
    residual_read: bool = Field(
        default=True, description="u = LayerNorm(z + what M reads), not the read alone"
    )
    contrast: bool = Field(default=True, description="InfoNCE between the u of each pair")
    texts_first: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="texts are also made of their own u, alone for this share of the steps; 0: off",
    )
    spelling: bool = Field(
        default=True,
        description="u is unrolled into words and characters, which are spoken; false: the paper's "
        "attention decoder",
    )


class MendedWeights(LossWeights):
    """What each term counts; the paper's and those of the changes."""

    mel: Weight = 10.0
    text_to_text: Weight = 1.0
    contrast: Weight = 0.2
    spelling: Weight = Field(default=1.0, description="characters asked of what is spoken")


class MendedNetworkSettings(SkipModalNetworkSettings):
    """The paper's network and the changes."""

    kind: Literal["mended"]
    most_words: int = Field(
        default=0, ge=0, le=MOST_SLOTS, description="that are spoken of a text; 0: the data say it"
    )
    word_characters: int = Field(default=16, ge=1, le=64, description="most characters of a word")
    changes: Changes = Changes()
    weights: MendedWeights = MendedWeights()

    def fit(self, limits: DataLimits, name: str) -> Self:
        """The same, able to write, say and draw what the data hold; see the paper's."""
        fitted = super().fit(limits, name)
        words = self.most_words or min(limits.words, MOST_SLOTS)
        return fitted.model_copy(update={"most_words": words})
