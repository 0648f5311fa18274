"""Where stages find and leave their files, relative to the project's folder."""

from pathlib import Path

CODE = Path("data/code")
PARAMS_CHECKED = Path("data/params/checked.json")
PARAMS_OF = {paper: Path(f"data/params/{paper}.json") for paper in ("mapping", "skipmodal")}
MNIST = Path("data/raw/mnist")
EMBEDDINGS = Path("data/embeddings")
MODELS = Path("data/models")
GENERATED = Path("data/generated")
MEASURES = Path("data/measures")
METRICS = Path("metrics")
BUNDLES = Path("data/bundles")
SUMMARIES = METRICS / "summary"
CHECKPOINTS = Path(".checkpoints")
