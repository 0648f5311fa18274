"""Training of the digit classifier on plain MNIST."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.classifier import TrainClassifier
from crossmodal.data.mnist import Digits
from crossmodal.models.classifier import DigitClassifier
from crossmodal.train.curve import Curve


def train_classifier(
    classifier: DigitClassifier, digits: Digits, config: TrainClassifier, runtime: Runtime
) -> Iterator[Curve]:
    """Train on MNIST's training digits, moved at random.

    Yields after every epoch the losses of all so far, nats a digit.
    """
    curve = Curve()
    generator = torch.Generator().manual_seed(config.seed)
    images = torch.from_numpy(digits.images[: config.train_images]).unsqueeze(1)
    labels = torch.from_numpy(digits.labels[: config.train_images]).long()
    optimizer = torch.optim.Adam(classifier.parameters(), lr=config.learning_rate, fused=True)
    for epoch in range(1, config.epochs + 1):
        total = torch.zeros((), device=runtime.device)
        for rows in torch.randperm(len(images), generator=generator).split(config.batch_size):
            batch = shift(images[rows], config.max_shift, generator).to(runtime.device)
            optimizer.zero_grad()
            with runtime.autocast():
                logits = classifier(batch.float() / 255)
            loss = F.cross_entropy(logits.float(), labels[rows].to(runtime.device))
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        curve.rows.append({"step": epoch, "loss": total.item() / len(images)})
        yield curve


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
