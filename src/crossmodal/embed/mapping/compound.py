"""From words to classes: standardised word vectors side by side (paper A, supplement C)."""

from pathlib import Path

import numpy as np

from crossmodal.data.mapping.classes import DatasetName, all_classes
from crossmodal.embed.mapping.table import EmbeddingTable, Vectors
from crossmodal.errors import DataError


def load_class_embeddings(path: Path, dataset: DatasetName) -> Vectors:
    """The text or speech embedding of every class, float32 [K, words * D].

    Each word's vector is standardised over the vocabulary (number words are nearly collinear
    otherwise), then the vectors of a class's words are concatenated.

    Raises:
        DataError: the file is missing or damaged, or a word is not there once.
    """
    table = EmbeddingTable(path)
    words, vectors = table.read("vocabulary")
    by_word = dict(zip(words, table.standardize(vectors), strict=True))
    classes = all_classes(dataset)
    missing = {word for each in classes for word in each.words} - by_word.keys()
    if missing or len(by_word) < len(words):
        raise DataError(f"{path} is damaged: {min(missing, default='a word')} is not there once")
    return np.stack([np.concatenate([by_word[word] for word in c.words]) for c in classes])


def measure_separation(path: Path) -> float:
    """The smallest distance between two words' standardised vectors.

    Raises:
        DataError: two words have the same vector, so that no class with them can be told apart.
    """
    table = EmbeddingTable(path)
    words, vectors = table.read("vocabulary")
    standardized = table.standardize(vectors)
    distances = np.linalg.norm(standardized[:, None] - standardized[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    first, second = np.unravel_index(distances.argmin(), distances.shape)
    if not distances.min() > 1e-6:
        raise DataError(f"{path}: {words[first]!r} and {words[second]!r} have the same vector")
    return round(float(distances.min()), 4)
