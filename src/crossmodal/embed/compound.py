"""From words to classes: standardised word vectors side by side (paper A, supplement C)."""

from pathlib import Path

import numpy as np

from crossmodal.data.classes import DatasetName, all_classes
from crossmodal.embed.table import EmbeddingTable, Vectors


def load_class_embeddings(path: Path, dataset: DatasetName) -> Vectors:
    """The text or speech embedding of every class, float32 [K, words * D].

    Each word's vector is standardised over the vocabulary (number words are nearly collinear
    otherwise), then the vectors of a class's words are concatenated.
    """
    table = EmbeddingTable(path)
    words, vectors = table.read("vocabulary")
    by_word = dict(zip(words, table.standardize(vectors), strict=True))
    classes = all_classes(dataset)
    return np.stack([np.concatenate([by_word[word] for word in c.words]) for c in classes])
