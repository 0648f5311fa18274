"""Settings of paper A's tables, figures and page."""

from pydantic import Field

from crossmodal.config.section import Section


class WriteReport(Section):
    """Tables and figures."""

    columns: int = Field(ge=1, le=100, description="held-out classes shown in a figure")


class WritePage(Section):
    """The report as one HTML page."""

    near: float = Field(
        ge=0, le=100, description="dB below the paper's PSNR that still count as reproduced"
    )
    readable: float = Field(
        ge=0, le=1, description="share of classes that must be read right for readable pictures"
    )
    colored_examples: int = Field(ge=1, le=144, description="coloured classes to listen to")
    found: int = Field(ge=1, le=10, description="classes shown for a held-out image")
