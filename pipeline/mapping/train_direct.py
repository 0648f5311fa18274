"""Train the baseline of one data set: from text and from speech, every seed."""

from itertools import product

import numpy as np

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.mappings import TrainDirect
from crossmodal.data.mapping.classes import DATASETS, DatasetName, all_classes
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.compound import load_class_embeddings
from crossmodal.files import atomic_path
from crossmodal.models.weights import save_weights
from crossmodal.train.mapping.class_means import average_by_class
from crossmodal.train.mapping.direct import train_direct
from pipeline import stage
from pipeline.mapping.paths import IMAGES, MODALITIES
from pipeline.paths import MODELS
from pipeline.progress import show_progress


def main(dataset: DatasetName) -> None:
    """Write one network for each modality and seed."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("train_direct", TrainDirect)
    reader = ShardReader(IMAGES / dataset, "train")
    blocks = ((b.classes, b.images.astype(np.float32) / 255) for b in reader.read_all())
    means = average_by_class(blocks, len(all_classes(dataset)))
    runs = list(product(MODALITIES, config.seeds))
    with atomic_path(MODELS / "direct" / dataset) as folder:
        folder.mkdir()
        for modality, seed in show_progress(runs, len(runs), "baseline"):
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


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
