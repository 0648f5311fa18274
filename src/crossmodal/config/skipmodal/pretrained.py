"""Settings of the maps that a pretrained network makes of pictures."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from crossmodal.config.section import Section

STRIDES = (2, 4, 8, 16, 16, 32, 32)  # pixels of a place after each stage of EfficientNet-Lite0
Stages = Annotated[
    tuple[Annotated[int, Field(ge=1, le=len(STRIDES))], ...], Field(strict=False, min_length=1)
]


class PretrainedMaps(Section):
    """Which maps of EfficientNet-Lite0; finer ones are folded onto the places of the coarsest."""

    size: int = Field(
        default=128, ge=32, le=1024, description="pixels of a side, to which pictures are resized"
    )
    stages: Stages = Field(default=(3, 5), description="whose maps are kept, in ascending order")

    @property
    def stride(self) -> int:
        """Pixels of a side that make a place."""
        return STRIDES[self.stages[-1] - 1]

    @property
    def side(self) -> int:
        """Places of a side."""
        return self.size // self.stride

    @model_validator(mode="after")
    def check_sizes(self) -> "PretrainedMaps":
        """Stages each once, and whole places."""
        if any(first >= second for first, second in pairwise(self.stages)):
            raise ValueError(f"allowed: stages in ascending order; not {list(self.stages)}")
        if self.size % self.stride:
            raise ValueError(
                f"allowed: a size that {self.stride} divides, the stride of stage "
                f"{self.stages[-1]}; not {self.size}"
            )
        return self
