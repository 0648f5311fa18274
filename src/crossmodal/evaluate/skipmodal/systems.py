"""What each kind of run can generate: the network, the piecewise chain, CycleGAN.

Legend: N items; u is [N, D] or, with several slots, [N, S, D].
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
    draw,
    encode_all,
    image_inputs,
    speak,
    speech_inputs,
    text_inputs,
    write_texts,
)
from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT
from crossmodal.models.skipmodal.adversary import Modality
from crossmodal.models.skipmodal.unpaired import UnpairedBlocks


@dataclass
class Made:
    """What a run makes of the first items of a split, in their order.

    texts, pictures (uint8 [N, H, W, 3]): by task. vectors: u [N, ...] of images, of a caption of
    each, of recordings' texts, and of recordings, where all lie in one space.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    pictures: dict[str, Tensor] = field(default_factory=dict)
    vectors: dict[str, Tensor] = field(default_factory=dict)


class System(ABC):
    """A trained run; what it cannot do it leaves out."""

    def __init__(self, size: int, device: torch.device) -> None:
        self.size, self.device = size, device

    def make(self, images: ImageTextStore, clips: TextSpeechStore, count: int) -> Made:
        """Texts and pictures of the first items."""
        return Made()

    @abstractmethod
    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of the first items, by task."""

    def encode(
        self, network: Generator, modality: Modality, load: Load, count: int, aloud: bool = False
    ) -> Tensor:
        """The u [N, ...] of some items; `aloud`: those that are to be spoken."""
        return encode_all(network, modality, load, count, self.size, self.device, aloud)

    def encode_texts(self, network: Generator, texts: Sequence[str]) -> Tensor:
        """The u of texts."""
        return self.encode(network, "text", text_inputs(texts), len(texts))

    def encode_images(
        self, network: Generator, images: ImageTextStore, count: int, aloud: bool = False
    ) -> Tensor:
        """The u of the first images; `aloud`: those that are to be spoken."""
        count = min(count, len(images))
        return self.encode(network, "image", image_inputs(images), count, aloud)

    def encode_speech(self, network: Generator, clips: TextSpeechStore, count: int) -> Tensor:
        """The u of the first recordings."""
        return self.encode(network, "speech", speech_inputs(clips), min(count, len(clips)))

    def speak_texts(self, network: Generator, texts: Sequence[str]) -> Iterator[Mel]:
        """Speech of texts."""
        return speak(network, self.encode_texts(network, texts), self.size)


class Joint(System):
    """One network for all modalities: from any of them to any other.

    via_text: whether images are also spoken of by the text that the network itself writes of them,
    which is then an input as any other: what leaving text out costs or gains.
    """

    def __init__(
        self, network: Generator, size: int, device: torch.device, via_text: bool = False
    ) -> None:
        super().__init__(size, device)
        self.network, self.via_text = network, via_text

    def make(self, images: ImageTextStore, clips: TextSpeechStore, count: int) -> Made:
        """Texts from all three modalities, and pictures of captions and of recordings."""
        network, size = self.network, self.size
        found = {
            "image": self.encode_images(network, images, count),
            "caption": self.encode_texts(network, images.chosen()[:count]),
            "text": self.encode_texts(network, clips.texts[:count]),
            "speech": self.encode_speech(network, clips, count),
        }
        texts = {
            f"{name}_to_text": write_texts(network, found[name], size)
            for name in ("image", "text", "speech")
        }
        pictures = {
            "text_to_image": draw(network, found["caption"], size),
            "speech_to_image": draw(network, found["speech"], size),
        }
        return Made(texts, pictures, found)

    def speech(
        self, images: ImageTextStore, clips: TextSpeechStore, count: int
    ) -> dict[str, Iterator[Mel]]:
        """Speech of images and of the recordings' texts by their u alone."""
        fused = self.encode_images(self.network, images, count, aloud=True)
        spoken = {
            "image_to_speech": speak(self.network, fused, self.size),
            "text_to_speech": self.speak_texts(self.network, clips.texts[:count]),
        }
        if self.via_text:
            written = write_texts(self.network, fused, self.size)
            spoken[VIA_TEXT] = self.speak_texts(self.network, written)
        return spoken


class Piecewise(System):
    """Two networks: one from image to text and back, one from text to speech and back."""

    def __init__(
        self, captioner: Generator, speaker: Generator, size: int, device: torch.device
    ) -> None:
        super().__init__(size, device)
        self.captioner, self.speaker = captioner, speaker

    def captions(self, images: ImageTextStore, count: int, aloud: bool = False) -> list[str]:
        """Texts of the first images; `aloud`: those that are to be spoken."""
        fused = self.encode_images(self.captioner, images, count, aloud)
        return write_texts(self.captioner, fused, self.size)

    def draw(self, texts: Sequence[str]) -> Tensor:
        """Pictures of texts."""
        return draw(self.captioner, self.encode_texts(self.captioner, texts), self.size)

    def make(self, images: ImageTextStore, clips: TextSpeechStore, count: int) -> Made:
        """Texts of images by the one network, of recordings by the other; pictures of texts."""
        heard = write_texts(self.speaker, self.encode_speech(self.speaker, clips, count), self.size)
        return Made(
            {"image_to_text": self.captions(images, count), "speech_to_text": heard},
            {
                "text_to_image": self.draw(images.chosen()[:count]),
                "speech_to_image": self.draw(heard),
            },
        )

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


def build_system(
    networks: Mapping[Part, Generator], size: int, device: torch.device, via_text: bool = False
) -> System:
    """The system of a run's networks, by part; via_text: see `Joint`."""
    if "both" in networks:
        return Joint(networks["both"], size, device, via_text)
    return Piecewise(networks["image_text"], networks["text_speech"], size, device)
