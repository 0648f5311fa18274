"""Settings of paper B's exported models."""

from pydantic import Field

from crossmodal.config.section import Section


class ExportSkipModal(Section):
    """What goes into a bundle of paper B beside the networks."""

    gallery: int = Field(
        ge=1, le=10_000, description="real images to search in, of each of training and test"
    )
