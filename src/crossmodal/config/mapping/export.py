"""Settings of paper A's exported models."""

from pydantic import Field

from crossmodal.config.section import Section


class ExportModel(Section):
    """What goes into a bundle beside the networks."""

    gallery: int = Field(
        ge=1, le=100_000, description="real images to search in, spread evenly over the classes"
    )
