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
from crossmodal.train.mapping.autoencoder import AutoencoderTraining
from pipeline import stage
from pipeline.checkpoints import open_checkpoint
from pipeline.mapping.paths import IMAGES
from pipeline.paths import METRICS, MODELS
from pipeline.progress import show_progress

MODULE = "pipeline.mapping.train_autoencoder"


def main(dataset: DatasetName, model: AutoencoderName) -> None:
    """Train on the training split; write each seed's weights and the first learning curve."""
    config = stage.load("train_autoencoder", TrainAutoencoder)
    seeds = config.seeds[dataset]
    trainings = [prepare_training(dataset, model, seed) for seed in seeds]
    steps = sum(training.remaining_shards for training in trainings)
    with atomic_path(MODELS / "autoencoder" / dataset / model) as folder:
        folder.mkdir()
        for _ in show_progress(run_all(trainings), steps, "shard"):
            pass
        for seed, training in zip(seeds, trainings, strict=True):
            description = {
                "model": model,
                "image_shape": training.reader.image_shape,
                "embedding_size": config.embedding_size,
            }
            save_weights(folder / str(seed), training.model, description)
    write_curve(METRICS / "curves" / f"{dataset}-{model}.csv", trainings[0].progress.curve)
    for training in trainings:
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


def run_all(trainings: list[AutoencoderTraining]) -> Iterator[object]:
    """Train one after the other; what is finished keeps its checkpoint until all are."""
    for training in trainings:
        yield from training.run()
        training.save()


def write_curve(path: Path, curve: list[tuple[int, float, float]]) -> None:
    """The learning curve as CSV: images seen and both losses, nats an image."""
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["images", "reconstruction", "divergence"])
        writer.writerows((n, f"{loss:.4f}", f"{kl:.4f}") for n, loss, kl in curve)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS, model=AUTOENCODERS)
