"""Training of the digit classifier on plain MNIST."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.classifier import TrainClassifier
from crossmodal.data.mnist import Digits
from crossmodal.models.classifier import DigitClassifier


def train_classifier(
    digits: Digits, config: TrainClassifier, runtime: Runtime
) -> Iterator[DigitClassifier]:
    """Train on MNIST's training digits, moved at random; yields after every epoch."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    classifier = DigitClassifier().to(runtime.device)
    images = torch.from_numpy(digits.images[: config.train_images]).unsqueeze(1)
    labels = torch.from_numpy(digits.labels[: config.train_images]).long()
    optimizer = torch.optim.Adam(classifier.parameters(), lr=config.learning_rate, fused=True)
    for _ in range(config.epochs):
        for rows in torch.randperm(len(images), generator=generator).split(config.batch_size):
            batch = shift(images[rows], config.max_shift, generator).to(runtime.device)
            optimizer.zero_grad()
            with runtime.autocast():
                logits = classifier(batch.float() / 255)
            F.cross_entropy(logits.float(), labels[rows].to(runtime.device)).backward()
            optimizer.step()
        yield classifier


def shift(images: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """Move a batch [B, 1, 28, 28] by up to `most` pixels each way, all images alike.

    What leaves on one side enters on the other: MNIST's outer four pixels are background.
    """
    down, right = torch.randint(-most, most + 1, (2,), generator=generator).tolist()
    return images.roll((down, right), dims=(2, 3))


@torch.no_grad()
def measure_accuracy(classifier: DigitClassifier, digits: Digits, runtime: Runtime) -> float:
    """The share of digits that are read right."""
    images = torch.from_numpy(digits.images).unsqueeze(1)
    right = 0
    for rows in torch.arange(len(images)).split(1000):
        logits = classifier(images[rows].to(runtime.device).float() / 255)
        right += int((logits.argmax(1).cpu() == torch.from_numpy(digits.labels[rows])).sum())
    return right / len(images)
