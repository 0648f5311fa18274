"""What each kind of run can generate: the network, the piecewise chain, CycleGAN.

Legend: N items; u is [N, D] or, with several slots, [N, S, D].
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from crossmodal.config.skipmodal.planned_runs import Part
from crossmodal.data.skipmodal.pair_store import ImageTextStore, TextSpeechStore
from crossmodal.evaluate.skipmodal.generation import (
    Generator,
    Load,
    Mel,
    chunks,
    encode_all,
    image_inputs,
    speak,
    speech_inputs,
    text_inputs,
    write_texts,
)
from crossmodal.models.skipmodal.adversary import Modality
from crossmodal.models.skipmodal.unpaired import UnpairedBlocks


class System(ABC):
    """A trained run; what it cannot do it leaves out."""

    def __init__(self, size: int, device: torch.device) -> None:
        self.size, self.device = size, device

    def write(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> tuple[dict[str, list[str]], dict[str, Tensor]]:
        """Texts of the first items, by task, and their u [N, ...] where all lie in one space."""
        return {}, {}

    @abstractmethod
    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of the first items, by task."""

    def encode(
        self, network: Generator, modality: Modality, load: Load, count: int, aloud: bool = False
    ) -> Tensor:
        """The u [N, ...] of some items."""
        return encode_all(network, modality, load, count, self.size, self.device, aloud)

    def speak_texts(self, network: Generator, texts: Sequence[str]) -> Iterator[Mel]:
        """Speech of texts."""
        fused = self.encode(network, "text", text_inputs(texts), len(texts))
        return speak(network, fused, self.size)


class Joint(System):
    """One network for all modalities: from any of them to text and to speech."""

    def __init__(self, network: Generator, size: int, device: torch.device) -> None:
        super().__init__(size, device)
        self.network = network

    def write(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> tuple[dict[str, list[str]], dict[str, Tensor]]:
        """Texts of images, of recordings, and of the recordings' texts.

        The u are of images, of a caption of each, of recordings' texts, and of recordings.
        """
        first, second = min(count, len(images)), min(count, len(clips))
        found = {
            "image": self.encode(self.network, "image", image_inputs(images), first),
            "caption": self.encode(self.network, "text", text_inputs(images.chosen()), first),
            "text": self.encode(self.network, "text", text_inputs(clips.texts), second),
            "speech": self.encode(self.network, "speech", speech_inputs(clips), second),
        }
        written = {
            f"{name}_to_text": write_texts(self.network, found[name], self.size)
            for name in ("image", "text", "speech")
        }
        return written, found

    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of images, by their u alone, and of the recordings' texts."""
        count_images = min(count, len(images))
        fused = self.encode(self.network, "image", image_inputs(images), count_images, aloud=True)
        return {
            "image_to_speech": speak(self.network, fused, self.size),
            "text_to_speech": self.speak_texts(self.network, clips.texts[:count]),
        }


class Piecewise(System):
    """Two networks: one from image to text, one from text to speech and back."""

    def __init__(
        self, captioner: Generator, speaker: Generator, size: int, device: torch.device
    ) -> None:
        super().__init__(size, device)
        self.captioner, self.speaker = captioner, speaker

    def captions(self, images: ImageTextStore, count: int, aloud: bool = False) -> list[str]:
        """Texts of the first images; `aloud`: those that are to be spoken."""
        first = min(count, len(images))
        fused = self.encode(self.captioner, "image", image_inputs(images), first, aloud)
        return write_texts(self.captioner, fused, self.size)

    def write(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> tuple[dict[str, list[str]], dict[str, Tensor]]:
        """Texts of images by the one network, of recordings by the other."""
        fused = self.encode(self.speaker, "speech", speech_inputs(clips), min(count, len(clips)))
        written = {
            "image_to_text": self.captions(images, count),
            "speech_to_text": write_texts(self.speaker, fused, self.size),
        }
        return written, {}

    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of images by way of text, and of the recordings' texts."""
        captions = self.captions(images, count, aloud=True)
        return {
            "image_to_speech": self.speak_texts(self.speaker, captions),
            "text_to_speech": self.speak_texts(self.speaker, clips.texts[:count]),
        }


class Unpaired(System):
    """CycleGAN: from image to speech, all utterances of one length."""

    def __init__(self, blocks: UnpairedBlocks, size: int, device: torch.device) -> None:
        super().__init__(size, device)
        self.blocks = blocks

    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of images."""
        return {"image_to_speech": self.speak(images, min(count, len(images)))}

    def speak(self, images: ImageTextStore, count: int) -> Iterator[Mel]:
        """Utterances without stop probabilities or alignments."""
        none = np.zeros(0, np.float32)
        load = image_inputs(images)
        for items in chunks(count, self.size):
            for mel in self.blocks.speak(load(items).to(self.device)).cpu().numpy():
                yield Mel(mel, none, none.reshape(0, 1))


def build_system(networks: Mapping[Part, Generator], size: int, device: torch.device) -> System:
    """The system of a run's networks, by part."""
    if "both" in networks:
        return Joint(networks["both"], size, device)
    return Piecewise(networks["image_text"], networks["text_speech"], size, device)
