"""Settings of the report."""

from pydantic import Field

from crossmodal.config.section import Section


class WriteReport(Section):
    """Tables and figures."""

    columns: int = Field(ge=1, le=100, description="held-out classes shown in a figure")
