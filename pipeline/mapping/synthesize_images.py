"""Synthesize the images of one data set as WebDataset shards with a Parquet manifest."""

from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.mapping.synthesis import synthesize
from crossmodal.data.mnist import load_digits
from pipeline import stage
from pipeline.mapping.paths import IMAGES
from pipeline.paths import MNIST
from pipeline.progress import show_progress


def main(dataset: DatasetName) -> None:
    """Write training and held-out shards, streaming."""
    config = stage.load("synthesize_images", SynthesizeImages)
    train, test = load_digits(MNIST, "train"), load_digits(MNIST, "test")
    shards = synthesize(IMAGES / dataset, dataset, train, test, config)
    counts = config.counts[dataset]
    print(f"{dataset}: {counts.train_per_pair} training images a pair")
    for _ in show_progress(shards, None, "shard"):
        pass


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
