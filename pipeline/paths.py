"""Where stages find and leave their files, relative to the project's folder."""

from pathlib import Path

PARAMS_OF = {paper: Path(f"data/params/{paper}.json") for paper in ("mapping", "skipmodal")}
MNIST = Path("data/raw/mnist")
EMBEDDINGS = Path("data/embeddings")
MODELS = Path("data/models")
GENERATED = Path("data/generated")
MEASURES = Path("data/measures")
METRICS = Path("metrics")
SUMMARIES = METRICS / "summary"
CHECKPOINTS = Path(".checkpoints")
LOGS = Path(".logs")
