"""Where stages of paper B find and leave their files."""

from pathlib import Path

from pipeline.paths import CHECKPOINTS, EMBEDDINGS, GENERATED, MEASURES, METRICS, MODELS

SCENES = Path("data/scenes")
SENTENCES = Path("data/sentences")
IMAGE_TEXT = Path("data/pairs/image-text")
TEXT_SPEECH = Path("data/pairs/text-speech")
RUNS = Path("data/runs/skipmodal")
CLASSIFIER = MODELS / "classifier"
SKIPMODAL_MODELS = MODELS / "skipmodal"
EFFICIENTNET = Path("data/raw/efficientnet_lite0.safetensors")
IMAGE_MAPS = EMBEDDINGS / "scene_images"
POST_NET = SKIPMODAL_MODELS / "post_net/network"
SKIPMODAL_GENERATED = GENERATED / "skipmodal"
TRANSCRIPTS = Path("data/transcripts/skipmodal")
SKIPMODAL_METRICS = METRICS / "skipmodal"
CURVES = SKIPMODAL_METRICS / "curves"
SKIPMODAL_MEASURES = MEASURES / "skipmodal"
VOCABULARY = SKIPMODAL_MEASURES / "vocabulary.json"
CEILINGS = SKIPMODAL_MEASURES / "ceilings.json"
RUN_MEASURES = SKIPMODAL_MEASURES / "runs"
PAIR_CACHE = CHECKPOINTS / "pairs"
