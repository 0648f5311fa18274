"""How the generated is measured, and what bounds it."""

from typing import Literal

from pydantic import Field

from crossmodal.config.section import Section


class EvaluateSkipModal(Section):
    """How the generated is measured."""

    java_scores: bool = Field(
        description="METEOR and SPICE where there is Java; false: never, so that all machines agree"
    )


class MeasureCeilings(Section):
    """What bounds all runs, measured on real recordings."""

    clips: int = Field(ge=1, le=100_000, description="of each split")
    maps: Literal["data/own/none", "data/embeddings/scene_images"] = Field(
        description="by which pictures are alike whose captions are copied; none: none are"
    )
