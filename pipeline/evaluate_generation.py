"""Measure what every model of one data set generates for the held-out classes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.images import SynthesizeImages
from crossmodal.config.training import Compute, TrainDirect, TrainMapping
from crossmodal.data.classes import DATASETS, DatasetName, split_classes
from crossmodal.data.shards import ShardReader
from crossmodal.embed.compound import load_class_embeddings
from crossmodal.embed.table import EmbeddingTable
from crossmodal.evaluate.generation import Generated, measure
from crossmodal.evaluate.retrieval import FINDERS, retrieval_accuracy
from crossmodal.files import atomic_path, write_json
from crossmodal.models.autoencoder import load_autoencoder
from crossmodal.models.classifier import load_classifier
from crossmodal.models.direct import load_direct
from crossmodal.models.mapping import load_mapping
from crossmodal.models.names import AUTOENCODERS
from pipeline import stage
from pipeline.paths import EMBEDDINGS, GENERATED, IMAGES, METRICS, MODALITIES, MODELS


def main(dataset: DatasetName) -> None:
    """Write a metrics file for each model, and the generated images."""
    prepare_runtime(stage.load("compute", Compute))
    held_out = stage.load("synthesize_images", SynthesizeImages).held_out
    _, classes = split_classes(dataset, held_out)
    rows = torch.tensor([c.index for c in classes])
    generated = [*generate_mapped(dataset, rows), *generate_direct(dataset, rows)]
    reader = ShardReader(IMAGES / dataset, "held_out")
    blocks = stage.show_progress(reader.read_all(), reader.block_count, "block")
    classifier = load_classifier(MODELS / "classifier" / "digits")
    scores = measure(generated, classes, (block.images for block in blocks), classifier)
    for model, measures in scores.items():
        write_json(METRICS / dataset / f"{model}.json", measures)
    save_images(dataset, generated, rows)


@torch.no_grad()
def generate_mapped(dataset: DatasetName, rows: torch.Tensor) -> Iterator[Generated]:
    """Images by every auto-encoder, modality and seed; and the way back from held-out images."""
    seeds = stage.load("train_mapping", TrainMapping).seeds
    for model in AUTOENCODERS:
        network = load_autoencoder(MODELS / "autoencoder" / dataset / model)
        table = EmbeddingTable(EMBEDDINGS / "images" / f"{dataset}-{model}.parquet")
        labels, vectors = map(torch.from_numpy, table.read("held_out"))
        for modality, path in MODALITIES.items():
            sources = torch.from_numpy(load_class_embeddings(path, dataset))
            for seed in seeds:
                name = f"{model}-{modality}-{seed}"
                mapping = load_mapping(MODELS / "mapping" / dataset / name)
                images = network.decode(mapping.source_to_image(sources[rows]))
                found = {
                    measure: retrieval_accuracy(find, mapping, vectors, labels, sources)
                    for measure, find in FINDERS.items()
                }
                yield Generated(model, modality, seed, images, found)


@torch.no_grad()
def generate_direct(dataset: DatasetName, rows: torch.Tensor) -> Iterator[Generated]:
    """Images by the baseline."""
    for modality, path in MODALITIES.items():
        sources = torch.from_numpy(load_class_embeddings(path, dataset))
        for seed in stage.load("train_direct", TrainDirect).seeds:
            network = load_direct(MODELS / "direct" / dataset / f"{modality}-{seed}")
            images = network.generate(sources[rows])
            yield Generated("direct", modality, seed, images, {})


def save_images(dataset: DatasetName, generated: list[Generated], rows: torch.Tensor) -> None:
    """Keep the first seed's images for the figures: MODEL-MODALITY uint8 [K, C, H, W]."""
    arrays: dict[str, Any] = {"classes": rows.numpy()}
    for item in generated:
        images = (item.images * 255).round().to(torch.uint8).numpy()
        arrays.setdefault(f"{item.model}-{item.modality}", images)
    with atomic_path(GENERATED / f"{dataset}.npz") as temporary:
        np.savez_compressed(temporary, **arrays)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
