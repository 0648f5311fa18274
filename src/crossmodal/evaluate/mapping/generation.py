"""All measures of paper A's held-out classes for one data set.

Legend: K held-out classes, C channels, H = 28, W = 56.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.data.mapping.classes import ImageClass
from crossmodal.evaluate.mapping.psnr import nearest_errors, psnr
from crossmodal.models.classifier import DigitClassifier


@dataclass(frozen=True)
class Generated:
    """What one trained network made of the held-out classes.

    images: float32 [K, C, H, W] in [0, 1], one image a class.
    retrieval: measure -> share of held-out images whose class was found; empty where the network
        has no way back from images.
    """

    model: str
    modality: str
    images: Tensor
    retrieval: dict[str, float]


@torch.no_grad()
def read_correctly(
    classifier: DigitClassifier, images: Tensor, classes: Sequence[ImageClass]
) -> Tensor:
    """Whether the classifier reads both digits (and colours) of each image right, bool [K]."""
    digits, colors = classifier.read_pairs(images)
    right = (digits == torch.tensor([c.digits for c in classes])).all(1)
    if colors is not None:
        right &= (colors == torch.tensor([c.colors for c in classes])).all(1)
    return right


def measure(
    generated: Sequence[Generated],
    classes: Sequence[ImageClass],
    held_out: Iterable[NDArray[np.uint8]],
    classifier: DigitClassifier,
) -> dict[str, dict[str, dict[str, float]]]:
    """model -> modality -> measure -> value; mean, and deviation over seeds where several.

    psnr: equation 3 averaged over the classes, dB. read: share of classes read right.
    retrieval and the like: see `crossmodal.evaluate.mapping.retrieval`.
    """
    # One pass over the held-out images serves all networks.
    images = torch.cat([item.images for item in generated])
    decibels = psnr(nearest_errors(images, held_out)).split(len(classes))
    scores: dict[tuple[str, str], list[dict[str, float]]] = {}
    for item, values in zip(generated, decibels, strict=True):
        right = read_correctly(classifier, item.images, classes)
        score = {"psnr": values.mean().item(), "read": right.float().mean().item()}
        scores.setdefault((item.model, item.modality), []).append(score | item.retrieval)
    table: dict[str, dict[str, dict[str, float]]] = {}
    for (model, modality), seeds in scores.items():
        table.setdefault(model, {})[modality] = summarize(seeds)
    return table


def summarize(seeds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Mean of every measure over the seeds, and NAME_std where there are several."""
    summary = {}
    for name in seeds[0]:
        values = [seed[name] for seed in seeds]
        summary[name] = round(fmean(values), 4)
        if len(values) > 1:
            summary[f"{name}_std"] = round(stdev(values), 4)
    return summary
