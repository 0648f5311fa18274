"""Sections of paper A's page to look at and to listen to: figures, held-out words, words found.

Legend: K held-out classes, C channels, N shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossmodal.data.mapping.classes import COLORED, DatasetName, ImageClass
from crossmodal.report.mapping.paper import list_figures
from crossmodal.report.media import embed_picture, embed_words
from crossmodal.report.page import Section, render
from crossmodal.report.selection import spread

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Generated:
    """What the models made of one data set's held-out classes.

    classes: K classes. images: MODEL-MODALITY -> uint8 [K, C, 28, 56]. read: MODEL-MODALITY ->
    the class that the classifier reads in each picture.
    """

    classes: Sequence[ImageClass]
    images: Mapping[str, Images]
    read: Mapping[str, Sequence[ImageClass]]


@dataclass(frozen=True)
class Picture:
    """A generated picture and what the classifier reads in it."""

    model: str
    address: str
    read: str
    right: bool


@dataclass(frozen=True)
class Example:
    """Words never seen together in training, and the pictures made of them."""

    words: str
    pictures: list[Picture]
    sound: str = ""


@dataclass(frozen=True)
class Grid:
    """A figure: a row of pictures for each model."""

    title: str
    words: list[str]
    rows: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Found:
    """A held-out image, its words, and the words found for it: (words, right), best first."""

    address: str
    words: str
    found: list[tuple[str, bool]]


def say(shown: ImageClass) -> str:
    """The words of a class."""
    return " ".join(shown.words)


def make_example(
    generated: Generated, row: int, modality: str, models: Sequence[str], sound: str = ""
) -> Example:
    """The pictures that `models` made of the class in `row` of the held-out ones."""
    wanted = generated.classes[row]
    pictures = []
    for model in models:
        name = f"{model}-{modality}"
        address, read = embed_picture(generated.images[name][row]), generated.read[name][row]
        pictures.append(Picture(model, address, say(read), read == wanted))
    return Example(say(wanted), pictures, sound)


def make_figures(
    generated: Mapping[DatasetName, Generated], autoencoders: Sequence[str], columns: int
) -> Section:
    """Figures 2, 3 and 4 of the paper, of all data sets; `columns`: classes in each."""
    grids = []
    for number, modality, models in list_figures(autoencoders):
        for dataset, made in generated.items():
            title = f"Figure {number}: {dataset}, from {modality}"
            grids.append(make_grid(made, title, modality, models, columns))
    return Section("figures", "Figures", "Figures 2 to 4", render("mapping/figures", grids=grids))


def make_grid(
    generated: Generated, title: str, modality: str, models: Sequence[str], columns: int
) -> Grid:
    """One figure, its classes spread over all held-out ones."""
    shown = spread(len(generated.classes), columns)
    images = {model: generated.images[f"{model}-{modality}"] for model in models}
    rows = [(m, [embed_picture(images[m][row]) for row in shown]) for m in models]
    return Grid(title, [say(generated.classes[row]) for row in shown], rows)


def make_listen(
    generated: Mapping[DatasetName, Generated], models: Sequence[str], recordings: Path, count: int
) -> Section:
    """Spoken words beside what every model drew from them.

    Args:
        recordings: folder with WORD.wav for each word.
        count: coloured classes; of digits without colours all are there.
    """
    lists: dict[str, list[Example]] = {}
    for dataset, made in generated.items():
        total = len(made.classes)
        rows = spread(total, count) if COLORED[dataset] else range(total)
        sounds = [embed_words(recordings, made.classes[row].words) for row in rows]
        lists[dataset] = [
            make_example(made, row, "speech", models, sound)
            for row, sound in zip(rows, sounds, strict=True)
        ]
    totals = {dataset: len(made.classes) for dataset, made in generated.items()}
    return Section(
        "listen", "Listen", "Listen", render("mapping/listen", lists=lists, totals=totals)
    )


def make_search(
    found: Mapping[DatasetName, Sequence[Found]],
    model: str,
    classes: Mapping[DatasetName, int],
    *,
    captioner: bool,
) -> Section:
    """Words found for held-out images.

    Args:
        model: whose embeddings.
        classes: how many compete.
        captioner: whether it found them; the latent space otherwise.
    """
    marks = {dataset: [[r for _, r in item.found] for item in found[dataset]] for dataset in found}
    body = render(
        "mapping/search",
        found=found,
        model=model,
        classes=classes,
        captioner=captioner,
        first={dataset: sum(right[0] for right in marks[dataset]) for dataset in found},
        among={dataset: sum(any(right) for right in marks[dataset]) for dataset in found},
    )
    return Section("search", "Examples", "Examples of the way back", body)


def describe_found(image: Images, wanted: ImageClass, found: Sequence[ImageClass]) -> Found:
    """A held-out image uint8 [C, 28, 56] with what was found for it, the nearest first."""
    return Found(embed_picture(image), say(wanted), [(say(c), c == wanted) for c in found])
