"""What paper A's part is run with. DVC reads these lists: they are its matrices."""

from typing import Annotated

from pydantic import Field

from crossmodal.config.section import Section

Names = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


class MappingRuns(Section):
    """Data sets and models; each data set meets each model."""

    datasets: Names = Field(description="sets of digit images")
    autoencoders: Names = Field(description="models whose embeddings are mapped")
