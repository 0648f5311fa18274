"""Which kind of model a person's source is for, where none was named.

The kinds are the data sets of paper A, "double" and "colored", and "scenes", paper B.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import Description, shorten
from crossmodal.inference.mapping.words import EXAMPLES, parse_words
from crossmodal.inference.pictures import FAINT, Pixels, as_read, check_size
from crossmodal.inference.recordings import Recording
from crossmodal.inference.sources import Content
from crossmodal.words import DIGIT_WORDS

SCENES = "scenes"
SCENES_FAMILY, DIGIT_SCENES = "skip-modal", "digit scenes"  # paper B's, and its own data set
SENTENCE = "a small red three left of a large blue seven"
LARGEST = 512  # pixels of a side, enough to see what a picture shows
SQUARE = 1.2  # longer to shorter side, up to which a picture is about square
# Seconds without a pause that are more than a word: 150 digits of the Free Spoken Digit Dataset
# last 0.8 at most; 149 of 150 sentences that a piecewise model says have a longer stretch.
STRETCH = 0.85
# Share of a sentence's words that the captions of photographs have, from which on it is one too.
ENOUGH = 0.5
# Of the strongest channel: dark ground, bright ink, and a second channel that leaves it clear.
DARK, BRIGHT, CLEAR = 0.3, 0.6, 0.8


def kind_of(known: Description) -> str:
    """The kind of the described model; raises DataError where the description does not say it."""
    if known.family == SCENES_FAMILY:
        return SCENES
    kind: str = known.take("dataset", DATASETS.__contains__, ", ".join(DATASETS))
    return kind


def fit_dataset(content: Content, known: Description) -> DatasetName:
    """The data set of paper A whose classes `content` may be one of.

    Args:
        known: any model of paper A, for how it splits a recording into words.

    Raises:
        ParameterError: words that are of none.
        DataError: a recording with another number of words, or a damaged model.
    """
    if isinstance(content, str):
        return fit_words(content)
    if isinstance(content, tuple):
        return fit_recordings(content, known)
    return "colored" if look_at(content).colored else "double"


def fit_words(text: str) -> DatasetName:
    """The data set that has a class of these words; raises ParameterError."""
    for dataset in DATASETS:
        try:
            parse_words(text, dataset)
        except ParameterError:
            continue
        return dataset
    raise ParameterError(
        f"{shorten(text)} cannot be used; allowed: {EXAMPLES['double']}, or "
        f"{EXAMPLES['colored']}, of the words {', '.join(DIGIT_WORDS + COLOR_WORDS)}"
    )


def fit_recordings(recordings: tuple[Recording, ...], known: Description) -> DatasetName:
    """The data set whose classes have as many words; raises DataError."""
    from crossmodal.inference.mapping.speech import (
        PAUSE,
        count_words,
        find_sounds,
        find_threshold,
        read_settings,
    )
    from crossmodal.inference.recordings import resample_checked

    count = len(recordings)
    if count == 1:
        settings = read_settings(known)
        samples = resample_checked(recordings[0], settings.sample_rate)
        whole = Recording(samples, settings.sample_rate, recordings[0].name)
        threshold = find_threshold(whole, settings.silence_threshold)
        count = len(find_sounds(whole, threshold))
    if count not in (2, 4):
        raise DataError(
            f"{recordings[0].name}: {count_words(count)} heard; allowed: 2, such as "
            f"{EXAMPLES['double']}, or 4, such as {EXAMPLES['colored']}, with a silence of "
            f"{2 * PAUSE} s or more between them, or one recording for each word"
        )
    return "double" if count == 2 else "colored"


def fits_scenes(content: Content, known: Description) -> bool | None:
    """Whether `content` is for the models of paper B rather than for those of two digits.

    Of words a sentence in the words of the training (half of them will do where it had photographs)
    that is no class of two digits, of recordings one that goes on for longer than a word, of
    pictures a square one in colours on black. None for a picture that may be either: a square one
    of other colours, and any where the training had photographs.

    Args:
        known: a model of paper B.

    Raises:
        DataError: the source is out of bounds or blank, or the model is damaged.
    """
    if isinstance(content, str):
        words = {word.strip(",.;:?!") for word in content.lower().split()}
        vocabulary = known.take("vocabulary", lambda x: isinstance(x, list), "a list of words")
        said = {word.lower() for word in vocabulary}
        others = words - {*DIGIT_WORDS, *COLOR_WORDS}
        # Of photographs people say more than their captions do.
        share = 1 if known.dataset == DIGIT_SCENES else ENOUGH
        return bool(others & said) and len(words & said) >= share * len(words)
    if isinstance(content, tuple):
        return goes_on(content, known)
    look = look_at(content)
    if known.dataset != DIGIT_SCENES or (look.square and not look.colored):
        return None
    return look.square


def find_example(known: Description) -> str:
    """A sentence such as a model of paper B knows: of a person's own pictures a caption of them."""
    gallery = known.values.get("gallery")
    if known.dataset == DIGIT_SCENES or not isinstance(gallery, list) or not gallery:
        return SENTENCE
    caption = gallery[0].get("caption") if isinstance(gallery[0], dict) else None
    return caption if isinstance(caption, str) else SENTENCE


def tell_sources(known: Description) -> str:
    """What a model of paper B takes that one of two digits does not: a sentence, a picture."""
    scene = "a square picture of a scene in colours on black"
    picture = scene if known.dataset == DIGIT_SCENES else "a photo, with --model"
    return f"a sentence such as {shorten(find_example(known))}, {picture}"


def goes_on(recordings: tuple[Recording, ...], known: Description) -> bool:
    """Whether it is one recording with more than a word between two pauses; raises DataError."""
    from crossmodal.inference.mapping.speech import find_sounds, find_threshold
    from crossmodal.inference.recordings import resample_checked

    if len(recordings) > 1:
        return False
    rate = known.integer("spectrograms.sample_rate", 8000, 48_000)
    whole = Recording(resample_checked(recordings[0], rate), rate, recordings[0].name)
    threshold = known.number("spectrograms.silence_threshold", 0, 0.999)
    sounds = find_sounds(whole, find_threshold(whole, threshold))
    return any(stop - start > STRETCH * rate for start, stop in sounds)


@dataclass(frozen=True)
class Look:
    """Whether a picture is about square, and whether it shows clear colours on a dark ground."""

    square: bool
    colored: bool


def look_at(pixels: Pixels) -> Look:
    """How a picture looks: the pictures of both papers' colours are bright ones on black.

    Dark blue ink on paper is no colour.

    Args:
        pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    Raises:
        DataError: it is tiny or blank.
    """
    check_size(pixels)
    picture = Image.fromarray(as_read(pixels))
    picture = picture.reduce(-(-max(picture.size) // LARGEST))
    colors = np.asarray(picture, np.float32) / np.float32(255)
    border = np.concatenate([colors[0], colors[-1], colors[:, 0], colors[:, -1]])
    ground = np.median(border, axis=0)
    ink = np.abs(colors - ground).max(2)
    if ink.max() < FAINT:
        raise DataError("the picture is blank; allowed: a picture that shows something")
    strong = colors[ink >= ink.max() / 2]
    second, first = np.sort(strong, axis=1)[:, 1:].T
    clear = (first >= BRIGHT) & (second <= CLEAR * first)
    square = max(pixels.shape[:2]) <= SQUARE * min(pixels.shape[:2])
    return Look(square, bool(ground.max() <= DARK and clear.mean() >= 0.9))
