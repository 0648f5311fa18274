"""Captions that no network wrote: the picture's own, and those of training pictures like it.

A network that says no more than the latter has learned to copy. Which pictures are alike is told by
the maps of a pretrained network, averaged over their places.

Legend: N pictures, M training pictures, C channels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.skipmodal.vocabulary import split_words

Vectors = NDArray[np.floating]
NEIGHBORS = 20
LONGEST = 4  # words of the n-grams by which captions are compared


def part_captions(
    references: Sequence[Sequence[str]],
) -> tuple[list[str], list[list[str]]]:
    """One caption of each picture, and the others of it; pictures with one caption are left out."""
    several = [texts for texts in references if len(texts) > 1]
    chosen = [number % len(texts) for number, texts in enumerate(several)]
    others = [[*texts[:one], *texts[one + 1 :]] for texts, one in zip(several, chosen, strict=True)]
    return [texts[one] for texts, one in zip(several, chosen, strict=True)], others


def find_alike(pictures: Vectors, training: Vectors, count: int) -> NDArray[np.int64]:
    """The training pictures that are the most alike, the nearest first: int64 [N, count].

    Args:
        pictures: [N, C].
        training: [M, C]; by their mean and deviation all channels count alike. Then the cosine is
            compared.
    """
    mean, deviation = training.mean(0), training.std(0) + 1e-6
    sides = [(vectors - mean) / deviation for vectors in (pictures, training)]
    sides = [side / (np.linalg.norm(side, axis=1, keepdims=True) + 1e-6) for side in sides]
    return np.argsort(-(sides[0] @ sides[1].T), axis=1, kind="stable")[:, :count]


def agree(captions: Sequence[str]) -> str:
    """The caption that is most like all others: by the n-grams that two captions share (Dice)."""
    grams = [n_grams(caption) for caption in captions]
    columns = {gram: number for number, gram in enumerate(sorted(set().union(*grams)))}
    held = np.zeros((len(captions), len(columns)), np.float32)
    for row, found in zip(held, grams, strict=True):
        row[[columns[gram] for gram in found]] = 1
    sizes = held.sum(1)
    alike = 2 * (held @ held.T) / np.maximum(sizes + sizes[:, None], 1)
    return captions[int(alike.sum(1).argmax())]


def n_grams(caption: str) -> set[tuple[str, ...]]:
    """All runs of one to LONGEST words."""
    words = split_words(caption)
    return {
        tuple(words[start : start + size])
        for size in range(1, LONGEST + 1)
        for start in range(len(words) - size + 1)
    }
