"""Embed the vocabulary's words by word2vec."""

import pyarrow as pa

from crossmodal.config.mapping.embeddings import EmbedWords
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.embed.mapping.compound import measure_separation
from crossmodal.embed.mapping.table import create_table
from crossmodal.embed.mapping.words import embed_words
from crossmodal.files import write_json
from pipeline import stage
from pipeline.mapping.paths import MODALITIES, WIKIPEDIA
from pipeline.paths import MEASURES


def main() -> None:
    """Train word2vec and keep the vocabulary's rows."""
    config = stage.load("embed_words", EmbedWords)
    vectors = embed_words(WIKIPEDIA, config)
    with create_table(MODALITIES["text"], pa.string(), config.size) as table:
        table.write(VOCABULARY, "vocabulary", vectors)
    separation = measure_separation(MODALITIES["text"])
    write_json(MEASURES / "embeddings" / "text.json", {"separation": separation})


if __name__ == "__main__":
    stage.run(main)
