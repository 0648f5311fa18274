"""Single pictures as people look at them: what is read in one, and which words are found for it.

Legend: B images, C channels, D image embedding size, K classes, E text or speech embedding size.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.data.mapping.classes import ImageClass, all_classes
from crossmodal.data.shards import Block
from crossmodal.errors import DataError
from crossmodal.evaluate.mapping.retrieval import list_ways
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.mapping import Mapping


@torch.no_grad()
def read_classes(classifier: DigitClassifier, images: NDArray[np.uint8]) -> list[ImageClass]:
    """The class that the classifier reads in each of uint8 [B, C, 28, 56]."""
    digits, colors = classifier.read_pairs(torch.from_numpy(images).float() / 255)
    pairs = digits[:, 0] * 10 + digits[:, 1]
    if colors is None:
        known = all_classes("double")
        return [known[index] for index in pairs.tolist()]
    known = all_classes("colored")
    return [known[index] for index in (pairs * 9 + colors[:, 0] * 3 + colors[:, 1]).tolist()]


@torch.no_grad()
def rank_classes(mapping: Mapping, images: Tensor, sources: Tensor, count: int) -> Tensor:
    """The classes nearest by the best way back that there is, nearest first: index [B, count].

    The first one is what `crossmodal.evaluate.mapping.retrieval` counts.

    Args:
        images: image embeddings [B, D].
        sources: text or speech embeddings of all classes [K, E].
    """
    *_, way = list_ways(mapping).values()
    return way(mapping, images, sources).argsort(dim=1, stable=True)[:, :count]


def pick_by_pair(
    blocks: Iterable[Block], held_out: Sequence[ImageClass]
) -> tuple[NDArray[np.uint8], list[ImageClass]]:
    """The first image of each digit pair, in the order of the pairs: uint8 [pairs, C, H, W].

    Reading stops where all are found.

    Args:
        held_out: the classes of the images in `blocks`.

    Raises:
        DataError: a pair has no image.
    """
    classes = {shown.index: shown for shown in held_out}
    wanted = {shown.pair for shown in held_out}
    found: dict[int, tuple[NDArray[np.uint8], ImageClass]] = {}
    for block in blocks:
        for image, index in zip(block.images, block.classes.tolist(), strict=True):
            if index in classes:
                found.setdefault(classes[index].pair, (image, classes[index]))
        if len(found) == len(wanted):
            break
    if missing := sorted(wanted - found.keys()):
        names = ", ".join(f"{pair:02d}" for pair in missing)
        raise DataError(f"there is no held-out image of the digit pairs {names}")
    images, shown = zip(*(found[pair] for pair in sorted(found)), strict=True)
    return np.stack(images), list(shown)
