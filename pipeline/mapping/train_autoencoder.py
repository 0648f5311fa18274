"""Train one image auto-encoder, every seed; a killed training goes on from its last checkpoint."""

import csv
from collections.abc import Iterator
from pathlib import Path

import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.shards import MANIFEST, ShardReader
from crossmodal.files import atomic_path
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.names import AUTOENCODERS, AutoencoderName
from crossmodal.models.weights import save_weights
from crossmodal.train.curve import Curve, Row
from crossmodal.train.mapping.autoencoder import AutoencoderTraining
from pipeline import stage
from pipeline.checkpoints import open_checkpoint
from pipeline.live_curves import follow
from pipeline.mapping.paths import IMAGES
from pipeline.paths import METRICS, MODELS

MODULE = "pipeline.mapping.train_autoencoder"


def main(dataset: DatasetName, model: AutoencoderName) -> None:
    """Train on the training split; write each seed's weights and the first learning curve."""
    config = stage.load("train_autoencoder", TrainAutoencoder)
    seeds = config.seeds[dataset]
    trainings = {seed: prepare_training(dataset, model, seed) for seed in seeds}
    shards = sum(training.remaining_shards for training in trainings.values())
    with atomic_path(MODELS / "autoencoder" / dataset / model) as folder:
        folder.mkdir()
        runs = {seed: run(training) for seed, training in trainings.items()}
        follow(f"train_autoencoder@{dataset}-{model}", runs, shards, "shard")
        for seed, training in trainings.items():
            description = {
                "model": model,
                "image_shape": training.reader.image_shape,
                "embedding_size": config.embedding_size,
            }
            save_weights(folder / str(seed), training.model, description)
    write_curve(METRICS / "curves" / f"{dataset}-{model}.csv", trainings[seeds[0]].progress.rows)
    for training in trainings.values():
        training.checkpoint.remove()


def prepare_training(
    dataset: DatasetName, model: AutoencoderName, seed: int
) -> AutoencoderTraining:
    """One seed's training, where its last checkpoint left it."""
    compute = stage.load("compute", Compute)
    config = stage.load("train_autoencoder", TrainAutoencoder)
    epochs = config.epochs[dataset][model]
    runtime = prepare_runtime(compute)
    reader = ShardReader(IMAGES / dataset, "train")
    torch.manual_seed(seed)
    network = build_autoencoder(model, reader.image_shape, config.embedding_size)
    known = [config.model_dump(exclude={"epochs", "seeds"}), epochs, compute.model_dump()]
    name = f"{dataset}-{model}-{seed}"
    checkpoint = open_checkpoint(MODULE, name, known, IMAGES / dataset / MANIFEST)
    return AutoencoderTraining(network, reader, config, seed, epochs, runtime, checkpoint)


def run(training: AutoencoderTraining) -> Iterator[Curve]:
    """Train; what is finished keeps its checkpoint until all seeds are."""
    yield from training.run()
    training.save()


def write_curve(path: Path, rows: list[Row]) -> None:
    """The learning curve as CSV: images seen and both losses, nats an image."""
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["images", "reconstruction", "divergence"])
        for images, *losses in (row.values() for row in rows):
            writer.writerow([images, *(f"{loss:.4f}" for loss in losses)])


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS, model=AUTOENCODERS)
