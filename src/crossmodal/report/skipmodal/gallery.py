"""Sections of paper B's page to look at and to listen to: speech, alignments, what is found.

Legend: N items, D size of u.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.audio import read_audio
from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.evaluate.skipmodal.attributes import judge
from crossmodal.evaluate.skipmodal.normalization import normalize, plain
from crossmodal.evaluate.skipmodal.retrieval import (
    SEARCHED,
    Vectors,
    cosine_similarity,
    nearest,
    true_texts,
)
from crossmodal.report.media import embed_figure, embed_picture, embed_sound
from crossmodal.report.page import Section, render
from crossmodal.report.skipmodal.runs import DIGIT_SCENES
from crossmodal.report.skipmodal.tables import Grid, describe_splits

VARIANTS = {
    "ours": "the paper’s parts around a bottleneck of several vectors, with additions of ours; it "
    "speaks from the picture’s vectors alone, without text",
    "ours_via_text": "the same network, speaking the sentence that it has written of the picture",
    "piecewise": "two networks of ours’ form, trained apart and chained: picture to text to speech",
    "mended": "the network of the paper with five changes, speaking from the picture’s one vector",
    "mended_via_text": "the same network, speaking the sentence that it has written of the picture",
    "paper": "the network of the paper and its losses, smaller",
    "cyclegan": "pictures to speech and back, from unpaired samples, without text",
}


@dataclass(frozen=True)
class Item:
    """A picture with its first caption, or a sentence.

    pixels: uint8 [3, H, W], None for a sentence. scene: what it is about, None where unknown.
    """

    words: str
    pixels: NDArray[np.uint8] | None = None
    scene: Scene | None = None

    @cached_property
    def address(self) -> str:
        """The picture; empty for a sentence."""
        return "" if self.pixels is None else embed_picture(self.pixels)


@dataclass(frozen=True)
class Line:
    """A sentence that was written or heard; of how many attributes how many are right.

    total: 0 where it is not known what the sentence should say.
    """

    words: str
    right: int = 0
    total: int = 0


@dataclass(frozen=True)
class Utterance:
    """What one variant made of an item; `wrote` is None where it writes nothing."""

    name: str
    sound: str
    heard: Line
    wrote: Line | None = None


@dataclass(frozen=True)
class Sample:
    """An item and what each variant made of it."""

    item: Item
    utterances: list[Utterance]


@dataclass(frozen=True)
class Drawing:
    """An item that pictures were drawn of, and (name, picture) of each variant."""

    item: Item
    pictures: list[tuple[str, str]]


def make_drawings(
    grids: Sequence[Grid], kinds: Mapping[str, Sequence[Drawing]], data: str = DIGIT_SCENES
) -> Section:
    """What is found in drawn pictures, and some of them to look at, by what they are drawn of."""
    body = render("skipmodal/drawings", grids=grids, about=describe_splits(data), kinds=kinds)
    return Section("drawings", "Drawings", "Pictures of sentences", body)


def make_line(words: str, scene: Scene | None) -> Line:
    """A sentence, judged by what it should be about."""
    if scene is None:
        return Line(words)
    judged = judge(words, scene)
    return Line(words, judged.right.total(), judged.total.total())


def make_utterance(
    name: str, clip: Path, item: Item, heard: str, wrote: str | None = None
) -> Utterance:
    """A clip of speech with what was heard in it.

    Raises:
        DataError: the clip is missing or not audio.
    """
    written = None if wrote is None else make_line(wrote, item.scene)
    return Utterance(name, embed_sound(*read_audio(clip)), make_line(heard, item.scene), written)


def make_listen(
    images: Mapping[Split, Sequence[Sample]],
    texts: Mapping[Split, Sequence[Sample]],
    data: str = DIGIT_SCENES,
) -> Section:
    """Speech made of images and of texts, to hear beside what it should say."""
    kinds = {"image to speech": images, "text to speech": texts}
    samples = [sample for each in (images, texts) for many in each.values() for sample in many]
    heard = {spoken.name for sample in samples for spoken in sample.utterances}
    named = {name: about for name, about in VARIANTS.items() if name in heard}
    about = describe_splits(data)
    body = render("skipmodal/listen", kinds=kinds, about=about, variants=named)
    return Section("listen", "Listen", "Listen", body)


def make_alignments(figures: Sequence[tuple[str, Path]]) -> Section:
    """How utterances came about; (title, PNG file) of each figure."""
    embedded = [(title, *embed_figure(path)) for title, path in figures]
    body = render("skipmodal/alignments", figures=embedded)
    return Section("alignments", "Alignments", "How the speech comes about", body)


@dataclass(frozen=True)
class Search:
    """An item and the nearest to it of another modality, best first.

    found: (item, whether it says the same; None where that is not known).
    """

    item: Item
    found: list[tuple[Item, bool | None]]


@dataclass(frozen=True)
class Direction:
    """Examples of one direction of retrieval."""

    title: str
    searches: list[Search]


def find_examples(
    vectors: Mapping[str, Vectors],
    items: Mapping[str, Sequence[Item]],
    rows: Sequence[int],
    count: int,
) -> list[Direction]:
    """The `count` nearest in every direction to the items in `rows`.

    Args:
        vectors: u [N, D] of image, caption (of an image), text (of a recording) and speech.
        items: of each of them, N or more.
    """
    directions = []
    for source, target in chain.from_iterable((pair, pair[::-1]) for pair in SEARCHED):
        similarity = cosine_similarity(vectors[source][list(rows)], vectors[target])
        searches = []
        for row, places in zip(rows, nearest(similarity, count).tolist(), strict=True):
            query, found = items[source][row], [items[target][place] for place in places]
            searches.append(Search(query, [(item, agree(query, item)) for item in found]))
        title = f"{source} to {target}".replace("caption", "text")
        directions.append(Direction(title, searches))
    return sorted(directions, key=lambda each: each.title)


def agree(one: Item, other: Item) -> bool | None:
    """Whether a sentence is true of a picture, or two sentences are the same; None: unknown."""
    picture, sentence = (other, one) if one.pixels is None else (one, other)
    if picture.pixels is None:
        return plain(sentence.words) == plain(picture.words)
    if picture.scene is None:
        return None
    return normalize(sentence.words) in true_texts(picture.scene)


def make_search(grids: Sequence[Grid], examples: Mapping[str, Sequence[Direction]]) -> Section:
    """Retrieval among the modalities: recall, and lists of what is found, by variant."""
    body = render("skipmodal/search", grids=grids, examples=examples)
    return Section("retrieval", "Retrieval", "Retrieval across modalities", body)
