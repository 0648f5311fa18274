"""Where and how numbers are computed."""

from typing import Literal

from pydantic import Field

from crossmodal.config.section import Section


class Compute(Section):
    """Where and how numbers are computed; part of a reproducible result."""

    device: Literal["cpu", "cuda", "mps"] = Field(description="where networks run")
    precision: Literal["float32", "bfloat16", "float16"] = Field(
        description="below float32: automatic mixed precision"
    )
    threads: int = Field(ge=1, le=256, description="CPU threads of one stage")
