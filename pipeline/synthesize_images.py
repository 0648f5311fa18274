"""Synthesize the images of one data set as WebDataset shards with a Parquet manifest."""

from crossmodal.config.images import SynthesizeImages
from crossmodal.data.classes import DATASETS, DatasetName
from crossmodal.data.mnist import load_digits
from crossmodal.data.synthesis import synthesize
from pipeline import stage
from pipeline.paths import IMAGES, MNIST


def main(dataset: DatasetName) -> None:
    """Write training and held-out shards, streaming."""
    config = stage.load("synthesize_images", SynthesizeImages)
    train, test = load_digits(MNIST, "train"), load_digits(MNIST, "test")
    shards = synthesize(IMAGES / dataset, dataset, train, test, config)
    counts = getattr(config, dataset)
    print(f"{dataset}: {counts.train_per_pair} training images a pair")
    for _ in stage.show_progress(shards, None, "shard"):
        pass


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
