"""What a training measures on the way: texts from images and from speech, without a recogniser."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch

from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.scenes import Scene
from crossmodal.evaluate.skipmodal.attributes import attribute_shares
from crossmodal.evaluate.skipmodal.generation import (
    Generator,
    Load,
    encode_all,
    image_inputs,
    speech_inputs,
    write_texts,
)
from crossmodal.evaluate.skipmodal.normalization import wording_of
from crossmodal.evaluate.skipmodal.word_errors import align, word_error_rate
from crossmodal.models.skipmodal.adversary import Modality


@dataclass(frozen=True)
class TextTask:
    """Texts to be made from inputs of one modality; scenes: what they are about, if known."""

    source: Modality
    load: Load
    references: Sequence[Sequence[str]]
    scenes: Sequence[Scene] | None


def image_task(store: ImageTextStore, scenes: Sequence[Scene] | None, count: int) -> TextTask:
    """Image to text of the first items."""
    return TextTask("image", image_inputs(store), store.texts[:count], scenes and scenes[:count])


def speech_task(store: TextSpeechStore, scenes: Sequence[Scene] | None, count: int) -> TextTask:
    """Speech to text of the first items."""
    references = [[text] for text in store.texts[:count]]
    return TextTask("speech", speech_inputs(store), references, scenes and scenes[:count])


def validate_texts(
    network: Generator, tasks: Sequence[TextTask], size: int, device: torch.device
) -> Callable[[int], dict[str, float]]:
    """A validation for `Loop`: how many attributes or words are right, how many texts differ.

    The score is the mean over the tasks of the one share times the other. An error rate does not
    serve: one caption for all, which says nothing of what images show, can have the lowest.
    """

    def validate(step: int) -> dict[str, float]:
        measured: dict[str, float] = {}
        scores = []
        for task in tasks:
            count = len(task.references)
            fused = encode_all(network, task.source, task.load, count, size, device)
            texts = write_texts(network, fused, size)
            right, distinct = judge_texts(texts, task), len(set(texts)) / count
            rate = word_error_rate(texts, task.references, wording_of(task.scenes))
            scores.append(right * distinct)
            named = {"wer": rate, "right": right, "distinct": distinct}
            measured |= {f"{task.source}_to_text_{name}": value for name, value in named.items()}
        return measured | {"score": fmean(scores)}

    return validate


def judge_texts(texts: Sequence[str], task: TextTask) -> float:
    """Attributes that are right where scenes are known, else words of the nearest references."""
    if task.scenes is not None:
        return attribute_shares(texts, task.scenes)["overall"] or 0.0
    pairs = zip(texts, task.references, strict=True)
    aligned = [align(text, references, wording_of(None)) for text, references in pairs]
    return sum(sum(each.said) for each in aligned) / sum(len(each.words) for each in aligned)
