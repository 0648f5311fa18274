"""Train one image auto-encoder; a killed training goes on from its last checkpoint."""

import csv
import hashlib
import json
from pathlib import Path

import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.training import Compute, TrainAutoencoder
from crossmodal.data.classes import DATASETS, DatasetName
from crossmodal.data.shards import MANIFEST, ShardReader
from crossmodal.files import atomic_path, sha256
from crossmodal.models.autoencoder import build_autoencoder
from crossmodal.models.names import AUTOENCODERS, AutoencoderName
from crossmodal.models.weights import save_weights
from crossmodal.train.autoencoder import AutoencoderTraining
from crossmodal.train.checkpoint import Checkpoint
from pipeline import stage
from pipeline.paths import CHECKPOINTS, IMAGES, METRICS, MODELS

SOURCES = Path(__file__).resolve().parents[1]


def main(dataset: DatasetName, model: AutoencoderName) -> None:
    """Train on the training split; write the weights and the learning curve."""
    compute = stage.load("compute", Compute)
    config = stage.load("train_autoencoder", TrainAutoencoder)
    epochs = getattr(getattr(config.epochs, dataset), model)
    runtime = prepare_runtime(compute)
    reader = ShardReader(IMAGES / dataset, "train")
    torch.manual_seed(config.seed)
    network = build_autoencoder(model, reader.image_shape, config.embedding_size)
    settings = {**config.model_dump(exclude={"epochs"}), **compute.model_dump(), "epochs": epochs}
    key = checkpoint_key(settings, IMAGES / dataset / MANIFEST)
    checkpoint = Checkpoint(CHECKPOINTS / f"{dataset}-{model}-{key}.pt")
    training = AutoencoderTraining(network, reader, config, epochs, runtime, checkpoint)
    steps = epochs * len(reader)
    for _ in stage.show_progress(training.run(), steps - len(training.progress.curve), "shard"):
        pass
    write_curve(METRICS / "curves" / f"{dataset}-{model}.csv", training.progress.curve)
    description = {
        "model": model,
        "image_shape": reader.image_shape,
        "embedding_size": config.embedding_size,
    }
    save_weights(MODELS / "autoencoder" / dataset / model, network, description)
    checkpoint.remove()


def checkpoint_key(settings: dict, manifest: Path) -> str:
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
