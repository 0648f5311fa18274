"""What a person gives to a model of paper B: a sentence, a picture, a spoken sentence; checked.

Legend: S pixels of a side, T frames.
"""

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from crossmodal.config.skipmodal.held_out import COLORS, SIZES
from crossmodal.data.broken import BrokenInput
from crossmodal.data.pictures import crop_square
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.scenes import Item, Scene
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker, trim_ends
from crossmodal.data.skipmodal.symbols import to_symbols, unknown_characters
from crossmodal.data.skipmodal.texts import clean_text
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.description import shorten
from crossmodal.inference.pictures import FAINT, Pixels, as_read, check_size
from crossmodal.inference.recordings import Recording, resample_checked
from crossmodal.words import DIGIT_WORDS

EXAMPLE = "a small red three left of a large blue seven"
SIZE, COLOR, DIGIT = ("|".join(words) for words in (SIZES, COLORS, DIGIT_WORDS))
# As `data.skipmodal.captions` says it: size after, all after, size before or none.
ITEMS = re.compile(
    rf"\b(?P<c1>{COLOR}) (?P<d1>{DIGIT}) that is (?P<s1>{SIZE})\b"
    rf"|\b(?P<d2>{DIGIT}) is (?P<s2>{SIZE}) and (?P<c2>{COLOR})\b"
    rf"|\b(?:(?P<s3>{SIZE}) )?(?P<c3>{COLOR}) (?P<d3>{DIGIT})\b"
)


def words_in(text: str) -> list[str]:
    """The words of a text without what stands between them."""
    return re.findall(r"[A-Za-z']+", text)


def prepare_sentence(text: str, longest: int, vocabulary: Collection[str]) -> str:
    """A sentence as the training had them: plain letters, numbers in words, single spaces.

    In small letters if the training had no others.

    Args:
        longest: characters at most.
        vocabulary: the words of the training.

    Raises:
        ParameterError: empty, too long, or with characters that are no symbols.
    """
    try:
        words = clean_text(text)
    except BrokenInput:
        words = " ".join(text.split())
    if all(word == word.lower() for word in vocabulary):
        words = words.lower()
    if not words:
        raise ParameterError(f"there are no words; allowed: a sentence such as {EXAMPLE!r}")
    if unknown := unknown_characters(words):
        raise ParameterError(
            f"{shorten(text)} has characters that the model does not know: {shorten(unknown)}; "
            "allowed: English letters, spaces and !'\"(),-.:;?"
        )
    if len(words) > longest:
        raise ParameterError(
            f"{shorten(text)} has {len(words)} characters; allowed: up to {longest}"
        )
    return words


def to_texts(text: str) -> Texts:
    """A text as a batch of one."""
    symbols = to_symbols(text)
    return Texts(torch.tensor([symbols]), torch.tensor([len(symbols)]))


def prepare_scene(pixels: Pixels, size: int) -> Tensor:
    """The middle square of a picture as a batch of one, float32 [1, 3, S, S] in [0, 1].

    What is transparent counts as background.

    Args:
        pixels: uint8 [H, W], [H, W, 3] or [H, W, 4].

    Raises:
        DataError: it is tiny, blank, or far from square.
    """
    check_size(pixels)
    picture = Image.fromarray(as_read(pixels))
    if np.ptp(np.asarray(picture), axis=(0, 1)).max() < FAINT * 255:
        raise DataError("the picture is blank; allowed: a picture that shows something")
    try:
        square = crop_square(picture, size)
    except BrokenInput as error:
        raise DataError(f"the picture cannot be used: {error}") from None
    return torch.from_numpy(square)[None] / 255


def prepare_speech(recordings: tuple[Recording, ...], maker: SpectrogramMaker) -> Speech:
    """The mel spectrogram of a spoken sentence as a batch of one, [1, T, mels].

    Raises:
        DataError: several recordings, silence, or a recording out of bounds.
    """
    if len(recordings) != 1:
        raise DataError(f"{len(recordings)} recordings were given; allowed: one, of a sentence")
    (recording,), config = recordings, maker.config
    samples = resample_checked(recording, config.sample_rate)
    try:
        samples = trim_ends(samples, config)
        seconds = len(samples) / config.sample_rate
        if seconds > config.max_seconds:
            raise DataError(
                f"{recording.name} lasts {seconds:.1f} s without the silence around it; allowed: "
                f"up to {config.max_seconds:g} s"
            )
        mel = torch.from_numpy(maker.analyse(samples)[1])
    except BrokenInput as error:
        reason = f"{error.kind} {error}".strip()
        raise DataError(f"{recording.name} cannot be used: {reason}") from None
    return Speech(mel[None], torch.tensor([len(mel)]))


def find_scene(text: str) -> Scene | None:
    """The digits that a sentence of the scenes' grammar names; None where it names none.

    An item whose size is not said has the size "". Axes do not matter here.
    """
    items = []
    for match in ITEMS.finditer(text):
        said: dict[str, Any] = {key[0]: value for key, value in match.groupdict().items() if value}
        items.append(Item(said.get("s", ""), said["c"], said["d"]))
    return Scene(tuple(items)) if items else None
