"""A digit classifier that reads generated images: trained on plain MNIST, nothing generated."""

from pathlib import Path

import torch
from torch import Tensor, nn

from crossmodal.models.weights import load_weights


class DigitClassifier(nn.Module):
    """Images [B, 1, 28, 28] in [0, 1] -> logits [B, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2),  # B, 16, 14, 14
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),  # B, 32, 7, 7
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, 10]."""
        return self.layers(images)

    def score_pairs(self, images: Tensor) -> Tensor:
        """Logits of both digits, [B, 2, 10], of images [B, C, 28, 56] in [0, 1].

        The shape of a digit is the largest channel value of every pixel.
        """
        halves = torch.stack(images.amax(1, keepdim=True).chunk(2, dim=3), dim=1)
        return self(halves.flatten(0, 1)).view(-1, 2, 10)

    def read_pairs(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Read two digits, and their colours where there are three channels.

        A digit's colour is the channel with the most ink in its half.

        Args:
            images: [B, C, 28, 56] in [0, 1].

        Returns:
            digits [B, 2] and colours [B, 2] (None for one channel).
        """
        digits = self.score_pairs(images).argmax(2)
        if images.shape[1] != 3:
            return digits, None
        halves = torch.stack(images.chunk(2, dim=3), dim=1)  # B, 2, C, 28, 28
        return digits, halves.sum((3, 4)).argmax(2)


def load_classifier(path: Path) -> DigitClassifier:
    """Build the classifier that `save_weights` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    classifier = DigitClassifier()
    load_weights(path, classifier)
    return classifier
