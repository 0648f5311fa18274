"""Embed every image of a data set by one trained auto-encoder, every seed of it."""

from pathlib import Path

import pyarrow as pa

from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.embeddings import EmbedImages
from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.images import embed_images
from crossmodal.embed.mapping.table import create_table
from crossmodal.files import atomic_path
from crossmodal.models.mapping.autoencoder import Autoencoder, load_autoencoder
from crossmodal.models.mapping.names import AUTOENCODERS, AutoencoderName
from pipeline import stage
from pipeline.mapping.paths import IMAGE_EMBEDDINGS, IMAGES
from pipeline.paths import MODELS
from pipeline.progress import show_progress


def main(dataset: DatasetName, model: AutoencoderName) -> None:
    """Write a table for each seed, one row an image."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    seeds = stage.load("train_autoencoder", TrainAutoencoder).seeds[dataset]
    with atomic_path(IMAGE_EMBEDDINGS / dataset / model) as folder:
        folder.mkdir()
        for seed in seeds:
            network = load_autoencoder(MODELS / "autoencoder" / dataset / model / str(seed))
            write_table(folder / f"{seed}.parquet", dataset, network.to(runtime.device), runtime)


def write_table(path: Path, dataset: DatasetName, network: Autoencoder, runtime: Runtime) -> None:
    """Embed both splits; mean and deviation are those of the training split alone."""
    config = stage.load("embed_images", EmbedImages)
    with create_table(path, pa.int16(), network.mean.out_features) as table:
        for split in ("train", "held_out"):
            reader = ShardReader(IMAGES / dataset, split)
            blocks = embed_images(network.encode, reader, config.batch_size, runtime)
            for classes, vectors in show_progress(blocks, reader.block_count, "block"):
                table.write(classes, split, vectors, counts=split == "train")


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS, model=AUTOENCODERS)
