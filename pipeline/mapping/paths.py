"""Where stages of paper A find and leave their files."""

from pathlib import Path

from pipeline.paths import EMBEDDINGS

WIKIPEDIA = Path("data/raw/wikipedia.txt")
SPOKEN_WORDS = Path("data/speech/words")
IMAGES = Path("data/images")
MODALITIES = {"text": EMBEDDINGS / "words.parquet", "speech": EMBEDDINGS / "speech.parquet"}
