"""Train the mappings of one data set: every auto-encoder, text and speech, every seed."""

from itertools import product

from crossmodal.compute import prepare_runtime
from crossmodal.config.training import Compute, TrainMapping
from crossmodal.data.classes import DATASETS, DatasetName, all_classes
from crossmodal.embed.compound import load_class_embeddings
from crossmodal.embed.table import EmbeddingTable
from crossmodal.files import atomic_path
from crossmodal.models.names import AUTOENCODERS
from crossmodal.models.weights import save_weights
from crossmodal.train.class_means import average_by_class
from crossmodal.train.mapping import train_mapping
from pipeline import stage
from pipeline.paths import EMBEDDINGS, MODALITIES, MODELS


def main(dataset: DatasetName) -> None:
    """Write one network for each auto-encoder, modality and seed."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("train_mapping", TrainMapping)
    sources = {name: load_class_embeddings(path, dataset) for name, path in MODALITIES.items()}
    runs = list(product(AUTOENCODERS, MODALITIES, config.seeds))
    bar = stage.show_progress(runs, len(runs), "mapping")
    with atomic_path(MODELS / "mapping" / dataset) as folder:
        folder.mkdir()
        for model, modality, seed in bar:
            if (modality, seed) == (next(iter(MODALITIES)), config.seeds[0]):
                table = EmbeddingTable(EMBEDDINGS / "images" / f"{dataset}-{model}.parquet")
                means = average_by_class(table.batches("train"), len(all_classes(dataset)))
            statistics = (table.mean, table.deviation)
            mapping, loss = train_mapping(
                means, statistics, sources[modality], config, seed, runtime
            )
            sizes = [len(table.mean), sources[modality].shape[1], config.hidden_size]
            description = {"sizes": sizes, "loss": loss}
            save_weights(folder / f"{model}-{modality}-{seed}", mapping, description)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
