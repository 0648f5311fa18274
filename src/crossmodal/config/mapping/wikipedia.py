"""Settings of the text that word2vec learns from."""

from pydantic import Field

from crossmodal.config.section import Section


class FetchWikipedia(Section):
    """Where the text for word2vec comes from."""

    dump: str | None = Field(
        description="a pages-articles .xml.bz2 dump, or null for the pinned packages"
    )
    max_articles: int = Field(ge=1, description="articles kept, in the order of the source")
