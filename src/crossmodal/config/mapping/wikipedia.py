"""Settings of the text that word2vec learns from."""

from pydantic import Field

from crossmodal.config.own_input import OwnInput
from crossmodal.config.section import Section


class FetchWikipedia(Section):
    """Where the text for word2vec comes from."""

    dump: OwnInput = Field(description="a pages-articles .xml.bz2 dump")
    max_articles: int = Field(ge=1, description="articles kept, in the order of the source")
