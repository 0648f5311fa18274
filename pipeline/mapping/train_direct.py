"""Train the baseline of one data set: from text and from speech, every seed."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.mappings import TrainDirect
from crossmodal.data.mapping.classes import DATASETS, DatasetName, all_classes
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.compound import load_class_embeddings
from crossmodal.files import atomic_path
from crossmodal.models.weights import save_weights
from crossmodal.train.curve import Curve
from crossmodal.train.mapping.class_means import average_by_class
from crossmodal.train.mapping.direct import train_direct
from pipeline import stage
from pipeline.live_curves import follow
from pipeline.mapping.paths import IMAGES, MODALITIES
from pipeline.paths import MODELS


def main(dataset: DatasetName) -> None:
    """Write one network for each modality and seed."""
    networks = len(MODALITIES) * len(stage.load("train_direct", TrainDirect).seeds)
    with atomic_path(MODELS / "direct" / dataset) as folder:
        folder.mkdir()
        trainings = {"baselines": train_all(dataset, folder)}
        follow(f"train_direct@{dataset}", trainings, networks, "baseline")


def train_all(dataset: DatasetName, folder: Path) -> Iterator[Curve]:
    """Train one after the other; the curve has the last loss of each."""
    curve = Curve()
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("train_direct", TrainDirect)
    reader = ShardReader(IMAGES / dataset, "train")
    blocks = ((b.classes, b.images.astype(np.float32) / 255) for b in reader.read_all())
    means = average_by_class(blocks, len(all_classes(dataset)))
    for modality, seed in product(MODALITIES, config.seeds):
        sources = load_class_embeddings(MODALITIES[modality], dataset)
        shape = reader.image_shape
        network, loss = train_direct(means, shape, sources, config, seed, runtime)
        description = {
            "source_size": sources.shape[1],
            "image_shape": shape,
            "channels": config.channels,
            "loss": loss,
        }
        save_weights(folder / f"{modality}-{seed}", network, description)
        curve.rows.append({"step": len(curve.rows) + 1, "loss": loss})
        yield curve


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
