"""Train one image auto-encoder, every seed; a killed training goes on from its last checkpoint."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.shards import MANIFEST, ShardReader
from crossmodal.files import atomic_path, sha256
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.names import AUTOENCODERS, AutoencoderName
from crossmodal.models.weights import save_weights
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.mapping.autoencoder import AutoencoderTraining
from pipeline import stage
from pipeline.mapping.paths import IMAGES
from pipeline.paths import CHECKPOINTS, METRICS, MODELS
from pipeline.progress import show_progress

SOURCES = Path(__file__).resolve().parents[2]


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
    settings = config.model_dump(exclude={"epochs", "seeds"}) | compute.model_dump()
    key = checkpoint_key(settings | {"epochs": epochs}, IMAGES / dataset / MANIFEST)
    checkpoint = Checkpoint(CHECKPOINTS / f"{dataset}-{model}-{seed}-{key}.pt")
    return AutoencoderTraining(network, reader, config, seed, epochs, runtime, checkpoint)


def run_all(trainings: list[AutoencoderTraining]) -> Iterator[object]:
    """Train one after the other; what is finished keeps its checkpoint until all are."""
    for training in trainings:
        yield from training.run()
        training.save()


def checkpoint_key(settings: dict[str, Any], manifest: Path) -> str:
    """A hash of all that a training depends on: settings, code, packages, images."""
    code = sorted([*SOURCES.glob("src/**/*.py"), SOURCES / "requirements.lock", manifest])
    hashes = [sha256(path) for path in code]
    return hashlib.sha256(json.dumps([settings, hashes]).encode()).hexdigest()[:16]


def write_curve(path: Path, curve: list[tuple[int, float, float]]) -> None:
    """The learning curve as CSV: images seen and both losses, nats an image."""
    with atomic_path(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["images", "reconstruction", "divergence"])
        writer.writerows((n, f"{loss:.4f}", f"{kl:.4f}") for n, loss, kl in curve)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS, model=AUTOENCODERS)
