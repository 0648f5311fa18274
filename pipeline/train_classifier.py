"""Train the digit classifier that reads generated images, on plain MNIST."""

import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.classifier import TrainClassifier
from crossmodal.config.compute import Compute
from crossmodal.data.mnist import load_digits
from crossmodal.files import write_json
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.weights import save_weights
from crossmodal.train.classifier import measure_accuracy, train_classifier
from pipeline import stage
from pipeline.live_curves import follow
from pipeline.paths import MEASURES, MNIST, MODELS


def main() -> None:
    """Train, measure on MNIST's test digits, save."""
    runtime = prepare_runtime(stage.load("compute", Compute))
    config = stage.load("train_classifier", TrainClassifier)
    torch.manual_seed(config.seed)
    classifier = DigitClassifier().to(runtime.device)
    training = train_classifier(classifier, load_digits(MNIST, "train"), config, runtime)
    follow("train_classifier", {"digits": training}, config.epochs, "epoch")
    accuracy = measure_accuracy(classifier, load_digits(MNIST, "test"), runtime)
    save_weights(MODELS / "classifier" / "digits", classifier, {"test_accuracy": accuracy})
    write_json(MEASURES / "classifier.json", {"test_accuracy": accuracy})


if __name__ == "__main__":
    stage.run(main)
