"""Settings of paper B's page."""

from pydantic import Field

from crossmodal.config.section import Section


class SkipModalTargets(Section):
    """What `ours` is to reach on digit scenes: word error rates at most, shares at least."""

    image_to_speech_wer: float = Field(ge=0, le=1, description="on the split test")
    image_to_speech_attributes: float = Field(ge=0, le=1, description="share right, split test")
    via_text_wer: float = Field(ge=0, le=1, description="image to speech through its own text")
    via_text_bleu1: float = Field(ge=0, le=1, description="the same")
    text_to_speech_wer: float = Field(ge=0, le=1, description="on the split test")
    image_to_text_wer: float = Field(ge=0, le=1, description="on the split test")
    speech_to_text_wer: float = Field(ge=0, le=1, description="on the split test")
    binding_attributes: float = Field(
        ge=0, le=1, description="share of attributes right, image to speech, split binding"
    )
    drawn_digits: float = Field(ge=0, le=1, description="share found in pictures of captions")
    drawn_colors: float = Field(ge=0, le=1, description="share found in pictures of captions")


class WriteSkipModalPage(Section):
    """Paper B's report as one HTML page."""

    examples: int = Field(ge=1, le=50, description="items of each split to look at and hear")
    found: int = Field(ge=1, le=10, description="items shown for each query of retrieval")
    targets: SkipModalTargets
