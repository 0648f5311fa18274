"""What a skip-modal network makes of the items of a split: u vectors, texts, mel spectrograms.

Legend: N items; u is [N, D] or, with several slots, [N, S, D].
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.data.skipmodal.symbols import pad, to_symbols, to_text
from crossmodal.models.skipmodal.adversary import Modality
from crossmodal.models.skipmodal.network import Encoded
from crossmodal.models.skipmodal.speech_decoder import Spoken

Load = Callable[[NDArray[np.int64]], Tensor | Texts | Speech]


class Generator(Protocol):
    """The part of a network that is used here."""

    def encode(
        self, modality: Modality, inputs: Tensor | Texts | Speech, aloud: bool = False
    ) -> Encoded:
        """An input to z and u; `aloud`: to a u that is to be spoken."""

    def generate_text(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """u to symbols."""

    def generate_mel(self, fused: Tensor) -> Spoken:
        """u to mel spectrograms."""

    def generate_image(self, fused: Tensor) -> Tensor:
        """u to images."""


def chunks(count: int, size: int) -> Iterator[NDArray[np.int64]]:
    """The numbers from 0 to `count` in runs of `size`."""
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def image_inputs(store: ImageTextStore) -> Callable[[NDArray[np.int64]], Tensor]:
    """Images [B, 3, H, W], or their maps, by number."""
    return lambda items: store.batch(items, np.zeros_like(items)).inputs


def text_inputs(texts: Sequence[str]) -> Callable[[NDArray[np.int64]], Texts]:
    """Batches of texts by number."""
    symbols = [to_symbols(text) for text in texts]

    def load(items: NDArray[np.int64]) -> Texts:
        batch = [symbols[item] for item in items]
        lengths = torch.tensor([len(each) for each in batch])
        return Texts(torch.tensor(pad(batch)), lengths)

    return load


def speech_inputs(store: TextSpeechStore) -> Callable[[NDArray[np.int64]], Speech]:
    """Batches of recordings by number."""
    return lambda items: store.batch(items).speech


@dataclass(frozen=True)
class Mel:
    """An utterance: mels [T, 80], stop probabilities [S], alignment [S, H]."""

    mel: NDArray[np.float32]
    stops: NDArray[np.float32]
    alignment: NDArray[np.float32]


@torch.no_grad()
def encode_all(
    network: Generator,
    modality: Modality,
    load: Load,
    count: int,
    size: int,
    device: torch.device,
    aloud: bool = False,
) -> Tensor:
    """The u of the first `count` items; `aloud`: those that are to be spoken."""
    inputs = (load(items).to(device) for items in chunks(count, size))
    return torch.cat([network.encode(modality, each, aloud).u for each in inputs])


@torch.no_grad()
def write_texts(network: Generator, fused: Tensor, size: int) -> list[str]:
    """The text of each u, greedy and free-running."""
    symbols = [network.generate_text(part) for part in fused.split(size)]
    return [to_text(row) for part in symbols for row in part.tolist()]


@torch.no_grad()
def draw(network: Generator, fused: Tensor, size: int) -> Tensor:
    """The picture of each u: uint8 [N, H, W, 3] on the processor."""
    drawn = (network.generate_image(part).float().cpu() for part in fused.split(size))
    return to_uint8(torch.cat([*drawn]).permute(0, 2, 3, 1)).contiguous()


def to_uint8(values: Tensor) -> Tensor:
    """Brightness from 0 to 1 as bytes."""
    return (values.clamp(0, 1) * 255).round().byte()


@torch.no_grad()
def speak(network: Generator, fused: Tensor, size: int) -> Iterator[Mel]:
    """The speech of each u, free-running."""
    for part in fused.split(size):
        spoken = network.generate_mel(part)
        for number, frames in enumerate(spoken.frames.tolist()):
            steps = frames * spoken.stops.shape[1] // spoken.mels.shape[1]
            yield Mel(
                spoken.mels[number, :frames].float().cpu().numpy(),
                spoken.stops[number, :steps].float().cpu().numpy(),
                spoken.alignments[number, :steps].float().cpu().numpy(),
            )
