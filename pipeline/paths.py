"""Where stages find and leave their files, relative to the project's folder."""

from pathlib import Path

PARAMS_CHECKED = Path("data/params_checked.json")
MNIST = Path("data/raw/mnist")
EMBEDDINGS = Path("data/embeddings")
MODELS = Path("data/models")
GENERATED = Path("data/generated")
METRICS = Path("metrics")
CHECKPOINTS = Path(".checkpoints")
