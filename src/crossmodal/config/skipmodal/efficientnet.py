"""Settings of the pretrained network's weights."""

from pydantic import Field

from crossmodal.config.own_input import OwnInput
from crossmodal.config.section import Section


class FetchEfficientNet(Section):
    """Where the weights of EfficientNet-Lite0 come from."""

    file: OwnInput = Field(description="the published .pth file")
