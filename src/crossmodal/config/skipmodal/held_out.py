"""What digit scenes may show, and the combinations that no training ever sees or hears."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section
from crossmodal.words import DIGIT_WORDS

COLORS = ("red", "green", "blue", "yellow", "white")
SIZES = ("small", "large")

Phrases = Annotated[tuple[str, ...], Field(strict=False)]


class Combinations(Section):
    """Attribute combinations that belong to one evaluation split only."""

    singles: Phrases = Field(description="size, color and digit, such as 'small red seven'")
    pairs: Phrases = Field(description="two digits in one scene, in any order, such as '07'")

    @field_validator("singles")
    @classmethod
    def check_singles(cls, singles: tuple[str, ...]) -> tuple[str, ...]:
        """A known size, color and digit each."""
        for phrase in singles:
            words = phrase.split()
            known = len(words) == 3 and words[0] in SIZES
            if not (known and words[1] in COLORS and words[2] in DIGIT_WORDS):
                raise ValueError(f"allowed: 'size color digit' in words; not {phrase!r}")
        return singles

    @field_validator("pairs")
    @classmethod
    def check_pairs(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        """Two digits each, the smaller one first."""
        for pair in pairs:
            if len(pair) != 2 or not (pair.isascii() and pair.isdigit()) or pair[0] > pair[1]:
                raise ValueError(f"allowed: two digits, the smaller first; not {pair!r}")
        return pairs


class HeldOut(Section):
    """What no training split, of images or of speech, ever shows."""

    validation: Combinations
    test: Combinations
    bindings: Phrases = Field(description="color and digit never seen together: 'red seven'")

    @field_validator("bindings")
    @classmethod
    def check_bindings(cls, bindings: tuple[str, ...]) -> tuple[str, ...]:
        """A known color and digit each; every color and digit still has other partners."""
        for phrase in bindings:
            words = phrase.split()
            if len(words) != 2 or words[0] not in COLORS or words[1] not in DIGIT_WORDS:
                raise ValueError(f"allowed: 'color digit' in words; not {phrase!r}")
        for word in (*COLORS, *DIGIT_WORDS):
            partners = len(DIGIT_WORDS) if word in COLORS else len(COLORS)
            if sum(word in phrase.split() for phrase in set(bindings)) >= partners:
                raise ValueError(f"allowed: some binding with {word!r} in training")
        return bindings

    @model_validator(mode="after")
    def check_disjoint(self) -> "HeldOut":
        """A combination belongs to one evaluation split."""
        for kind in ("singles", "pairs"):
            shared = set(getattr(self.validation, kind)) & set(getattr(self.test, kind))
            if shared:
                raise ValueError(f"allowed: {min(shared)!r} in validation or test, not both")
        return self
