"""Where stages find and leave their files, relative to the project's folder."""

from pathlib import Path

PARAMS_CHECKED = Path("data/params_checked.json")
MNIST = Path("data/raw/mnist")
WIKIPEDIA = Path("data/raw/wikipedia.txt")
SPOKEN_WORDS = Path("data/speech/words")
IMAGES = Path("data/images")
EMBEDDINGS = Path("data/embeddings")
MODELS = Path("data/models")
GENERATED = Path("data/generated")
METRICS = Path("metrics")
CHECKPOINTS = Path(".checkpoints")
MODALITIES = {"text": EMBEDDINGS / "words.parquet", "speech": EMBEDDINGS / "speech.parquet"}
SCENES = Path("data/scenes")
SENTENCES = Path("data/sentences")
IMAGE_TEXT = Path("data/pairs/image-text")
TEXT_SPEECH = Path("data/pairs/text-speech")
VOCABULARY = METRICS / "skipmodal/vocabulary.json"
RUNS = Path("data/runs/skipmodal")
SKIPMODAL_MODELS = MODELS / "skipmodal"
EFFICIENTNET = Path("data/raw/efficientnet_lite0.safetensors")
IMAGE_MAPS = EMBEDDINGS / "scene_images"
POST_NET = SKIPMODAL_MODELS / "post_net/network"
SKIPMODAL_GENERATED = GENERATED / "skipmodal"
TRANSCRIPTS = Path("data/transcripts/skipmodal")
SKIPMODAL_METRICS = METRICS / "skipmodal"
PAIR_CACHE = CHECKPOINTS / "pairs"
