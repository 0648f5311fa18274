"""Fetch Wikipedia text for word2vec: one article a line."""

from crossmodal.config.mapping.wikipedia import FetchWikipedia
from crossmodal.config.own_input import find_own
from crossmodal.data.mapping.wikipedia import write_articles
from pipeline import stage
from pipeline.mapping.paths import WIKIPEDIA


def main() -> None:
    """Write the articles and say how many there are."""
    config = stage.load("fetch_wikipedia", FetchWikipedia)
    articles, words = write_articles(WIKIPEDIA, find_own(config.dump), config.max_articles)
    print(f"{articles:,} articles, {words:,} words")


if __name__ == "__main__":
    stage.run(main)
