"""Retrieval between modalities by the cosine of their u vectors (paper B, section 8, figure 8).

Legend: N queries, M candidates, D size of u.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.scenes import Scene
from crossmodal.evaluate.attributes import true_sentences
from crossmodal.evaluate.normalization import normalize

RANKS = (1, 5, 10)
Vectors = NDArray[np.floating]


def cosine_similarity(queries: Vectors, candidates: Vectors) -> NDArray[np.float64]:
    """Cosines [N, M] of vectors [N, D] and [M, D]; a zero vector is similar to nothing."""
    return unit(queries) @ unit(candidates).T


def unit(vectors: Vectors) -> NDArray[np.float64]:
    """Vectors [N, D] brought to length one, zeros left as they are."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return wide / np.where(lengths == 0, 1, lengths)


def nearest(similarity: NDArray[np.float64], count: int = 3) -> NDArray[np.intp]:
    """Each query's most similar candidates [N, count], best first, of equal ones the first."""
    return np.argsort(-similarity, axis=1, kind="stable")[:, :count]


def recall(
    similarity: NDArray[np.float64], relevant: NDArray[np.bool_], ranks: Sequence[int] = RANKS
) -> dict[str, float]:
    """Share of queries with something relevant among the first k, and the share by chance.

    Args:
        similarity: [N, M].
        relevant: [N, M], for each query the candidates that answer it.
        ranks: the values of k.

    Returns:
        `recall@k` and `chance@k`, the expectation for a random order. Queries that no candidate
        answers are left out; `answerable` is the share of the others.

    Raises:
        ValueError: the shapes differ, or no query can be answered.
    """
    if similarity.shape != relevant.shape:
        raise ValueError(f"similarity {similarity.shape} and relevance {relevant.shape} differ")
    answerable = relevant.any(1)
    if not answerable.any():
        raise ValueError("no query has a relevant candidate")
    similarity, relevant = similarity[answerable], relevant[answerable]
    hits = np.take_along_axis(relevant, nearest(similarity, max(ranks)), axis=1)
    measures = {"answerable": float(answerable.mean())}
    for rank in ranks:
        measures[f"recall@{rank}"] = float(hits[:, :rank].any(1).mean())
        measures[f"chance@{rank}"] = float(chance(relevant.sum(1), relevant.shape[1], rank).mean())
    return measures


def chance(relevant: NDArray[np.integer], candidates: int, rank: int) -> NDArray[np.float64]:
    """Probability [N] that a random choice of `rank` candidates has one of `relevant` [N]."""
    misses = np.ones(len(relevant))
    for drawn in range(min(rank, candidates)):
        misses *= np.maximum(candidates - relevant - drawn, 0) / (candidates - drawn)
    return 1 - misses


def relevant_by_key(queries: Sequence[str], candidates: Sequence[str]) -> NDArray[np.bool_]:
    """Relevance [N, M] where the keys, such as normalised texts, are equal."""
    return np.array(queries, dtype=object)[:, None] == np.array(candidates, dtype=object)[None]


def relevant_by_truth(texts: Sequence[str], scenes: Sequence[Scene]) -> NDArray[np.bool_]:
    """Relevance [N, M]: whether the grammar says text n about scene m, so that it is true of it."""
    said = [normalize(text) for text in texts]
    true = [{normalize(sentence) for sentence in true_sentences(scene)} for scene in scenes]
    return np.array([[text in sentences for sentences in true] for text in said], dtype=bool)
