"""Retrieval between modalities by the cosine of their u vectors (paper B, section 8, figure 8).

The two data sets share no item. So images are searched for by a caption of their own each, and
recordings by their own sentences. Between images and recordings there are no pairs at all, which
is the point of the paper: a recording answers an image where its sentence is true of it, which is
known of digit scenes only, and rare, as the sets share no scene either: only sentences about the
same digits in another order are. So the share of attributes that the first one found has right is
measured, too.

Legend: N queries, M candidates, D size of u.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.skipmodal.scenes import Scene
from crossmodal.evaluate.skipmodal.attributes import attribute_shares, true_sentences
from crossmodal.evaluate.skipmodal.normalization import normalize, plain

RANKS = (1, 5, 10)
Vectors = NDArray[np.floating]
Relevant = NDArray[np.bool_]
# Vectors between which is searched, both ways; texts of images are captions.
SEARCHED = (("image", "caption"), ("image", "speech"), ("text", "speech"))
DRAWN = 10
PLACES = {"left", "right", "above", "below"}


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
    similarity: NDArray[np.float64], relevant: Relevant, ranks: Sequence[int] = RANKS
) -> dict[str, float]:
    """Share of queries with something relevant among the first k, and the share by chance.

    Args:
        similarity: [N, M].
        relevant: [N, M], for each query the candidates that answer it.
        ranks: the values of k.

    Returns:
        `recall@k` and `chance@k`, the expectation for a random order. Queries that no candidate
        answers are left out; `queries` is the number of the others.

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
    measures = {"queries": float(len(hits))}
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


def relevant_by_key(queries: Sequence[str], candidates: Sequence[str]) -> Relevant:
    """Relevance [N, M] where the keys, such as normalised texts, are equal."""
    left, right = (np.array(keys, dtype=object) for keys in (queries, candidates))
    equal: Relevant = left[:, None] == right[None]
    return equal


def relevant_by_truth(texts: Sequence[str], scenes: Sequence[Scene]) -> Relevant:
    """Relevance [N, M]: whether text n is true of scene m, as far as the grammar can say it.

    The grammar names items in the scene's order. A text that says nothing of places is as true of
    any other order of the same items, and "between" is as true of the mirrored one.
    """
    said = [normalize(text) for text in texts]
    true = [true_texts(scene) for scene in scenes]
    return np.array([[text in sentences for sentences in true] for text in said], dtype=bool)


def true_texts(scene: Scene) -> set[str]:
    """All true sentences about a scene, normalised, also in other orders of its items."""
    true = {normalize(sentence) for sentence in true_sentences(scene)}
    for items in permutations(scene.items):
        mirrored = items == scene.items[::-1]
        for sentence in map(normalize, true_sentences(Scene(items, scene.axis))):
            words = set(sentence.split())
            if not words & PLACES and (mirrored or "between" not in words):
                true.add(sentence)
    return true


@dataclass(frozen=True)
class Direction:
    """One way of searching: `image`, `caption` (of an image), `text` (of a recording), `speech`.

    similarity: [N, M].
    relevant: [N, M], nowhere true where nothing is known.
    """

    source: str
    target: str
    similarity: NDArray[np.float64]
    relevant: Relevant

    @property
    def name(self) -> str:
        """Between modalities, such as "image_to_text"."""
        return f"{self.source}_to_{self.target}".replace("caption", "text")


def attributes_found(
    way: Direction, texts: Sequence[str], scenes: Sequence[Scene]
) -> dict[str, float]:
    """Share of attributes that recordings have right about images, between which `way` searches.

    Args:
        texts: of the recordings.
        scenes: what the images show.

    Returns:
        `right@1`, of each query and the first one found for it, and `chance_right@1`, of each query
        and ten of all candidates, evenly spread.
    """
    count, candidates = way.similarity.shape
    queries = np.arange(count)

    def share(queries: NDArray[np.intp], found: NDArray[np.intp]) -> float:
        shown, said = (queries, found) if way.source == "image" else (found, queries)
        right = attribute_shares([texts[n] for n in said], [scenes[n] for n in shown])
        return float(right["overall"] or 0)

    spread = queries[:, None] + np.arange(DRAWN) * candidates // DRAWN
    return {
        "right@1": share(queries, nearest(way.similarity, 1)[:, 0]),
        "chance_right@1": share(np.repeat(queries, DRAWN), spread.ravel() % candidates),
    }


def directions(
    vectors: Mapping[str, Vectors],
    captions: Sequence[str],
    texts: Sequence[str],
    scenes: Sequence[Scene] | None,
) -> Iterator[Direction]:
    """All six ways between two modalities.

    Args:
        vectors: u of image, caption, text and speech, [N, D] each.
        captions: of each image one.
        texts: of the recordings.
        scenes: what the images show; without them an image is answered by captions equal to its
            own, and by no recording.
    """
    keys, own = [plain(text) for text in texts], [plain(text) for text in captions]
    described = relevant_by_key(own, own), np.zeros((len(own), len(keys)), dtype=bool)
    if scenes is not None:
        described = relevant_by_truth(captions, scenes).T, relevant_by_truth(texts, scenes).T
    answers = (*described, relevant_by_key(keys, keys))
    for (source, target), relevant in zip(SEARCHED, answers, strict=True):
        similarity = cosine_similarity(vectors[source], vectors[target])
        yield Direction(source, target, similarity, relevant)
        yield Direction(target, source, similarity.T, relevant.T)
