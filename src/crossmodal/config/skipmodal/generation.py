"""What every run of paper B generates."""

from pydantic import Field

from crossmodal.config.section import Section


class Spoken(Section):
    """Items of each split that are spoken and recognised, which costs most."""

    test: int = Field(ge=1, le=100_000)
    binding: int = Field(ge=1, le=100_000)


class GenerateSkipModal(Section):
    """What every run generates; fewer items where a split has fewer."""

    texts: int = Field(ge=1, le=100_000, description="items of each split that become texts")
    spoken: Spoken
    via_text: tuple[str, ...] = Field(
        strict=False, description="variants that also speak by way of their own text"
    )
    batch_size: int = Field(ge=1, le=4096)
    examples: int = Field(ge=1, le=16, description="utterances in the figure of alignments")
