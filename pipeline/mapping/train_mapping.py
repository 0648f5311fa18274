"""Train the mappings of one data set: every auto-encoder, text and speech, every seed."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.mappings import TrainMapping
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.data.mapping.classes import DATASETS, DatasetName, all_classes
from crossmodal.embed.mapping.compound import load_class_embeddings
from crossmodal.embed.mapping.table import EmbeddingTable
from crossmodal.files import atomic_path
from crossmodal.models.weights import save_weights
from crossmodal.train.curve import Curve
from crossmodal.train.mapping.class_means import average_by_class
from crossmodal.train.mapping.mapping import train_captioner, train_mapping
from pipeline import stage
from pipeline.live_curves import follow
from pipeline.mapping.paths import IMAGE_EMBEDDINGS, MODALITIES
from pipeline.paths import MODELS


def main(dataset: DatasetName) -> None:
    """Write one network for each auto-encoder and its seed, each modality and seed of its own."""
    image_seeds = stage.load("train_autoencoder", TrainAutoencoder).seeds[dataset]
    models = stage.load("mapping", MappingRuns).autoencoders
    seeds = stage.load("train_mapping", TrainMapping).seeds
    with atomic_path(MODELS / "mapping" / dataset) as folder:
        folder.mkdir()
        trainings = {
            f"{model}-{seed}": train_all(dataset, model, seed, folder)
            for model, seed in product(models, image_seeds)
        }
        mappings = len(trainings) * len(MODALITIES) * len(seeds)
        follow(f"train_mapping@{dataset}", trainings, mappings, "mapping")


def train_all(dataset: DatasetName, model: str, image_seed: int, folder: Path) -> Iterator[Curve]:
    """Train all mappings of one auto-encoder, which share the means of its embeddings.

    The curve has the last loss of each, and that of its captioner where there is one.
    """
    curve = Curve()
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("train_mapping", TrainMapping)
    table = EmbeddingTable(IMAGE_EMBEDDINGS / dataset / model / f"{image_seed}.parquet")
    means = average_by_class(table.batches("train"), len(all_classes(dataset)))
    statistics = (table.mean, table.deviation)
    captioner = config.captioner
    images = table.read("train") if captioner.hidden_size else None
    for modality, path in MODALITIES.items():
        sources = load_class_embeddings(path, dataset)
        for seed in config.seeds:
            mapping, loss = train_mapping(means, statistics, sources, config, seed, runtime)
            sizes = [len(table.mean), sources.shape[1], config.hidden_size]
            losses = {"loss": loss}
            if images:
                sizes.append(captioner.hidden_size)
                losses["captioner_loss"] = train_captioner(
                    mapping, images, sources, captioner, seed, runtime
                )
            name = f"{model}-{image_seed}-{modality}-{seed}"
            save_weights(folder / name, mapping, {"sizes": sizes, **losses})
            curve.rows.append({"step": len(curve.rows) + 1, **losses})
            yield curve


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
