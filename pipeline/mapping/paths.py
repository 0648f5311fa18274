"""Where stages of paper A find and leave their files."""

from pathlib import Path

from pipeline.paths import EMBEDDINGS, GENERATED, MEASURES

WIKIPEDIA = Path("data/raw/wikipedia.txt")
SPOKEN_WORDS = Path("data/speech/words")
IMAGES = Path("data/images")
IMAGE_EMBEDDINGS = EMBEDDINGS / "images"
MAPPING_GENERATED = GENERATED / "mapping"
MAPPING_MEASURES = MEASURES / "mapping"
MODALITIES = {"text": EMBEDDINGS / "words.parquet", "speech": EMBEDDINGS / "speech.parquet"}
