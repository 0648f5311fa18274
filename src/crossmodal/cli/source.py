"""What a person gives on the command line, and which data set it fits."""

import os
import re
from pathlib import Path

from crossmodal.data.mapping.classes import DATASETS, DatasetName
from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import Description, read_description, shorten
from crossmodal.inference.mapping.words import EXAMPLES, parse_words
from crossmodal.inference.recordings import Recording
from crossmodal.inference.sources import PICTURES, SOUNDS, Content, read_source
from crossmodal.words import DIGIT_WORDS

SENTENCE = "a small red three left of a large blue seven"
SQUARE = 1.2  # longer to shorter side, up to which a picture is a scene
# Seconds without a pause that are more than a word: 150 digits of the Free Spoken Digit Dataset
# last 0.8 at most; 149 of 150 sentences that a piecewise model says have a longer stretch.
STRETCH = 0.85

ALLOWED = (
    f"allowed: words such as {EXAMPLES['double']}, or {EXAMPLES['colored']}; one picture "
    f"({', '.join(PICTURES)}); or recordings ({', '.join(SOUNDS)})"
)


def read_arguments(arguments: list[str]) -> Content:
    """The content of words or files, as `crossmodal.inference` takes them.

    Raises:
        ParameterError: words and files together, or files of a kind that cannot be used.
        DataError: a file is missing, damaged or too large.
    """
    files = [looks_like_file(argument) for argument in arguments]
    if not any(files):
        return " ".join(arguments)
    if not all(files):
        raise ParameterError(f"words and files were given together; {ALLOWED}")
    paths = [Path(argument) for argument in arguments]
    kinds = [path.suffix.lower() for path in paths]
    if not (set(kinds) <= set(SOUNDS) or (len(kinds) == 1 and kinds[0] in PICTURES)):
        raise ParameterError(f"{', '.join(map(shorten, arguments))} cannot be used; {ALLOWED}")
    for path in paths:
        check_file(path)
    return read_source(paths)[1]


def looks_like_file(argument: str) -> bool:
    """Whether it has a suffix or a folder in it; words have neither."""
    return os.sep in argument or re.search(r"\.[A-Za-z]\w*$", argument) is not None


def check_file(path: Path) -> None:
    """Raises DataError where `path` is no file, a device for instance: reading might not end."""
    try:
        if path.is_file():
            return
        found = "missing" if not os.path.lexists(path) else "not a file"
    except (OSError, ValueError):
        found = "not a file name"
    raise DataError(f"{path} is {found}; {ALLOWED}")


def fit_dataset(content: Content, bundle: Path) -> DatasetName:
    """The data set whose classes `content` may be one of.

    Args:
        bundle: any model, for how it splits a recording into words.

    Raises:
        ParameterError: words that are of none.
        DataError: a recording with another number of words, or a damaged model.
    """
    if isinstance(content, str):
        return fit_words(content)
    if isinstance(content, tuple):
        return fit_recordings(content, bundle)
    from crossmodal.inference.mapping.segmentation import prepare_picture

    try:
        prepare_picture(content, channels=3)
    except DataError:
        return "double"
    return "colored"


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


def fits_scene(content: Content, bundle: Path) -> bool:
    """Whether `content` is for the models of paper B rather than for those of two digits.

    Of words a sentence in the words of the training that is no class of two digits, of pictures a
    square one, of recordings one that goes on for longer than a word.

    Args:
        bundle: a model of paper B.

    Raises:
        DataError: the recording is out of bounds, or the model is damaged.
    """
    known = read_description(bundle)
    if isinstance(content, str):
        words = {word.strip(",.;:?!") for word in content.lower().split()}
        vocabulary = known.take("vocabulary", lambda x: isinstance(x, list), "a list of words")
        said = words <= {word.lower() for word in vocabulary}
        return said and not words <= {*DIGIT_WORDS, *COLOR_WORDS}
    if isinstance(content, tuple):
        return goes_on(content, known)
    return bool(max(content.shape[:2]) <= SQUARE * min(content.shape[:2]))


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


def fit_recordings(recordings: tuple[Recording, ...], bundle: Path) -> DatasetName:
    """The data set whose classes have as many words; raises DataError."""
    from crossmodal.inference.mapping.speech import (
        PAUSE,
        find_sounds,
        find_threshold,
        read_settings,
    )
    from crossmodal.inference.recordings import resample_checked

    count = len(recordings)
    if count == 1:
        settings = read_settings(read_description(bundle))
        samples = resample_checked(recordings[0], settings.sample_rate)
        whole = Recording(samples, settings.sample_rate, recordings[0].name)
        threshold = find_threshold(whole, settings.silence_threshold)
        count = len(find_sounds(whole, threshold))
    if count not in (2, 4):
        raise DataError(
            f"{recordings[0].name}: {count} words were heard; allowed: 2, such as "
            f"{EXAMPLES['double']}, or 4, such as {EXAMPLES['colored']}, with a silence of "
            f"{2 * PAUSE} s or more between them, or one recording for each word"
        )
    return "double" if count == 2 else "colored"
