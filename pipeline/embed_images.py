"""Embed every image of a data set by one trained auto-encoder."""

import pyarrow as pa

from crossmodal.compute import prepare_runtime
from crossmodal.config.embeddings import EmbedImages
from crossmodal.config.training import Compute
from crossmodal.data.classes import DATASETS, DatasetName
from crossmodal.data.shards import ShardReader
from crossmodal.embed.images import embed_images
from crossmodal.embed.table import create_table
from crossmodal.models.autoencoder import load_autoencoder
from crossmodal.models.names import AUTOENCODERS, AutoencoderName
from pipeline import stage
from pipeline.paths import EMBEDDINGS, IMAGES, MODELS


def main(dataset: DatasetName, model: AutoencoderName) -> None:
    """Write one row an image; mean and deviation are those of the training split alone."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("embed_images", EmbedImages)
    network = load_autoencoder(MODELS / "autoencoder" / dataset / model).to(runtime.device)
    path = EMBEDDINGS / "images" / f"{dataset}-{model}.parquet"
    with create_table(path, pa.int16(), network.mean.out_features) as table:
        for split in ("train", "held_out"):
            reader = ShardReader(IMAGES / dataset, split)
            blocks = embed_images(network.encode, reader, config.batch_size, runtime)
            for classes, vectors in stage.show_progress(blocks, reader.block_count, "block"):
                table.write(classes, split, vectors, counts=split == "train")


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS, model=AUTOENCODERS)
