"""Measure what every model of one data set generates for the held-out classes."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.config.mapping.mappings import TrainDirect, TrainMapping
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.data.mapping.classes import DATASETS, DatasetName, split_classes
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.compound import load_class_embeddings
from crossmodal.embed.mapping.table import EmbeddingTable
from crossmodal.evaluate.mapping.generation import Generated, measure
from crossmodal.evaluate.mapping.retrieval import list_ways, retrieval_accuracy
from crossmodal.files import atomic_path, write_json
from crossmodal.models.classifier import load_classifier
from crossmodal.models.mapping.autoencoder import load_autoencoder
from crossmodal.models.mapping.direct import load_direct
from crossmodal.models.mapping.mapping import load_mapping
from pipeline import stage
from pipeline.mapping.paths import (
    IMAGE_EMBEDDINGS,
    IMAGES,
    MAPPING_GENERATED,
    MAPPING_MEASURES,
    MODALITIES,
)
from pipeline.paths import MODELS
from pipeline.progress import show_progress


def main(dataset: DatasetName) -> None:
    """Write a metrics file for each model, and the generated images."""
    prepare_runtime(stage.load("compute", Compute))
    held_out = stage.load("synthesize_images", SynthesizeImages).held_out
    _, classes = split_classes(dataset, held_out)
    rows = torch.tensor([c.index for c in classes])
    generated = [*generate_mapped(dataset, rows), *generate_direct(dataset, rows)]
    reader = ShardReader(IMAGES / dataset, "held_out")
    blocks = show_progress(reader.read_all(), reader.block_count, "block")
    classifier = load_classifier(MODELS / "classifier" / "digits")
    scores = measure(generated, classes, (block.images for block in blocks), classifier)
    with atomic_path(MAPPING_MEASURES / dataset) as folder:
        folder.mkdir()
        for model, measures in scores.items():
            write_json(folder / f"{model}.json", measures)
    save_images(dataset, generated, rows)


@torch.no_grad()
def generate_mapped(dataset: DatasetName, rows: torch.Tensor) -> Iterator[Generated]:
    """Images by every auto-encoder, modality and seeds; and the way back from held-out images."""
    image_seeds = stage.load("train_autoencoder", TrainAutoencoder).seeds[dataset]
    seeds = stage.load("train_mapping", TrainMapping).seeds
    sources = load_sources(dataset)
    models = stage.load("mapping", MappingRuns).autoencoders
    for model, image_seed in product(models, image_seeds):
        network = load_autoencoder(MODELS / "autoencoder" / dataset / model / str(image_seed))
        table = EmbeddingTable(IMAGE_EMBEDDINGS / dataset / model / f"{image_seed}.parquet")
        labels, vectors = map(torch.from_numpy, table.read("held_out"))
        for modality, seed in product(MODALITIES, seeds):
            name = f"{model}-{image_seed}-{modality}-{seed}"
            mapping = load_mapping(MODELS / "mapping" / dataset / name)
            images = network.decode(mapping.source_to_image(sources[modality][rows]))
            found = {
                measure: retrieval_accuracy(way, mapping, vectors, labels, sources[modality])
                for measure, way in list_ways(mapping).items()
            }
            yield Generated(model, modality, images, found)


@torch.no_grad()
def generate_direct(dataset: DatasetName, rows: torch.Tensor) -> Iterator[Generated]:
    """Images by the baseline."""
    seeds = stage.load("train_direct", TrainDirect).seeds
    for (modality, sources), seed in product(load_sources(dataset).items(), seeds):
        network = load_direct(MODELS / "direct" / dataset / f"{modality}-{seed}")
        yield Generated("direct", modality, network.generate(sources[rows]), {})


def load_sources(dataset: DatasetName) -> dict[str, torch.Tensor]:
    """modality -> the embedding of every class, [K, E]."""
    return {
        modality: torch.from_numpy(load_class_embeddings(path, dataset))
        for modality, path in MODALITIES.items()
    }


def save_images(dataset: DatasetName, generated: list[Generated], rows: torch.Tensor) -> None:
    """Keep the first seeds' images for the figures: MODEL-MODALITY uint8 [K, C, H, W]."""
    arrays: dict[str, Any] = {"classes": rows.numpy()}
    for item in generated:
        images = (item.images * 255).round().to(torch.uint8).numpy()
        arrays.setdefault(f"{item.model}-{item.modality}", images)
    with atomic_path(MAPPING_GENERATED / f"{dataset}.npz") as temporary:
        np.savez_compressed(temporary, **arrays)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
