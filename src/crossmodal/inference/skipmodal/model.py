"""The networks of paper B for people: sentences, speech and pictures of scenes from one another.

One network knows all three modalities, or two know two each and meet in text ("piecewise").
Retrieval is by the cosine of u vectors, as in the paper's figure 8.

Legend: N items, u is [N, D] or, with several slots, [N, S, D].
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.network import PostNet
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.scenes import Splitter
from crossmodal.data.skipmodal.spectrogram import SpectrogramMaker
from crossmodal.data.skipmodal.symbols import to_text
from crossmodal.errors import DataError, ParameterError
from crossmodal.evaluate.skipmodal.voice import Voice
from crossmodal.inference.bundle import Bundle, sizes_of
from crossmodal.inference.description import Description
from crossmodal.inference.model import Model, find_directions
from crossmodal.inference.pictures import Pixels
from crossmodal.inference.results import Item, Result
from crossmodal.inference.skipmodal.preparation import (
    find_scene,
    prepare_scene,
    prepare_sentence,
    prepare_speech,
    to_texts,
)
from crossmodal.inference.sources import Content, Modality, Source, read_source
from crossmodal.models.skipmodal.architectures import ARCHITECTURES
from crossmodal.models.skipmodal.layers import build_seeded
from crossmodal.models.skipmodal.post_net import MelToLinear

# What each network of a run has learned from.
PARTS: Mapping[str, frozenset[Modality]] = {
    "both": frozenset({"text", "speech", "image"}),
    "image_text": frozenset({"image", "text"}),
    "text_speech": frozenset({"text", "speech"}),
}
BATCH = 64
Settings = TypeVar("Settings", bound=Section)


class SkipModalModel(Model):
    """The network or the two networks of a run, the post-net, and real pictures to search in.

    networks: by part, as `PARTS` has them, and `post_net`.
    gallery: what each picture is said to show, and its split; images: uint8 [N, 3, H, W].
    """

    family = "skip-modal"

    def __init__(self, bundle: Bundle) -> None:
        """Raises DataError where description and tensors disagree."""
        known = self.description = bundle.description
        self.directions = find_directions(known)
        name = known.take("architecture", [*ARCHITECTURES].__contains__, ", ".join(ARCHITECTURES))
        self.architecture = ARCHITECTURES[name]
        self.settings: Any = parse_section(known, "network", self.architecture.settings)
        self.spectrograms = parse_section(known, "spectrograms", Spectrograms)
        self.parts: list[str] = known.take(
            "parts",
            [["both"], ["image_text", "text_speech"]].__contains__,
            "both, or the other two",
        )
        self.longest_text = known.integer("longest_text", 1, 10_000)
        self.vocabulary: list[str] = known.take("vocabulary", are_texts, "a list of words")
        self.gallery: list[dict[str, str]] = known.take("gallery", are_items, "pictures' captions")
        self.splitter = None
        if "held_out" in known.values:
            self.splitter = Splitter(parse_section(known, "held_out", HeldOut))
        self.networks = self.fill_networks(bundle)
        self.images = bundle.tensors["gallery.images"]

    def fill_networks(self, bundle: Bundle) -> dict[str, nn.Module]:
        """The networks with the weights of the bundle, which are compared with the description."""
        sizes = parse_section(bundle.description, "post_net", PostNet)
        if (sizes.bins, self.settings.mels) != (self.spectrograms.bins, self.spectrograms.mels):
            raise DataError(f"{bundle.description.path}: networks are of other spectrograms")
        side = self.settings.image_decoder.image_size
        gallery = {"gallery.images": (torch.uint8, (len(self.gallery), 3, side, side))}
        # On the device `meta` a network has sizes, but needs no memory.
        with torch.device("meta"):
            bundle.check({**gallery, **sizes_of(self.build_networks(sizes))})
        networks = self.build_networks(sizes)
        bundle.fill(networks)
        return networks

    def build_networks(self, post_net: PostNet) -> dict[str, nn.Module]:
        """New networks of the described sizes; torch's generator stays as it was."""
        networks: dict[str, nn.Module] = {
            part: self.architecture.build(self.settings, 0) for part in self.parts
        }
        networks["post_net"] = build_seeded(lambda: MelToLinear(post_net, self.settings.mels), 0)
        return networks

    @cached_property
    def voice(self) -> Voice:
        """Made for the first speech, as it needs torchaudio."""
        post_net = self.networks["post_net"]
        assert isinstance(post_net, MelToLinear)
        return Voice(post_net, SpectrogramMaker(self.spectrograms), torch.device("cpu"))

    @torch.inference_mode()
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """As `Model.generate` says; words are those given, else what the text decoder writes."""
        modality, content = read_source(source)
        self.check_direction(modality, to)
        part, fused, text = self.locate(modality, content, to)
        words = tuple(text.split())
        made: dict[str, Any] = {"heard": words if modality == "speech" else None}
        network: Any = self.networks[part]
        if to == "image":
            image = network.generate_image(fused)[0]
            self.check_finite(image)
            made["image"] = to_pixels((image * 255).round().byte())
        elif to == "speech":
            spoken = network.generate_mel(fused)
            mel = spoken.mels[0, : int(spoken.frames[0])].float().numpy()
            samples = self.voice(mel)
            self.check_finite(torch.from_numpy(samples))
            made |= {"samples": samples, "rate": self.voice.rate}
        return Result(modality, to, words, self.is_seen(text), **made)

    def is_seen(self, text: str) -> bool | None:
        """Whether the training had scenes of what a text says; None where that is not known."""
        scene = find_scene(text)
        if scene is None or self.splitter is None:
            return None
        return self.splitter.split_of(scene) == "train"

    def locate(self, modality: Modality, content: Content, to: Modality) -> tuple[str, Tensor, str]:
        """The part that knows `to`, the u of what was given in it, and the text for it."""
        part = self.find_part(modality, to) or self.find_part(modality, "text")
        assert part is not None
        fused = self.encode(part, modality, self.prepare(modality, content), to == "speech")
        given = self.prepare_text(content) if isinstance(content, str) else None
        text = self.write(part, fused) if given is None else given
        if to not in PARTS[part]:
            # Two networks share no u: between them goes text.
            part = self.find_part("text", to)
            assert part is not None
            fused = self.encode(part, "text", to_texts(text))
        return part, fused, text

    def find_part(self, *modalities: Modality) -> str | None:
        """The network that knows all of these."""
        return next((part for part in self.parts if PARTS[part] >= {*modalities}), None)

    def prepare(self, modality: Modality, content: Content) -> Tensor | Texts | Speech:
        """What was given as a batch of one; raises ParameterError or DataError."""
        if isinstance(content, str):
            return to_texts(self.prepare_text(content))
        if isinstance(content, tuple):
            return prepare_speech(content, self.voice.maker)
        return prepare_scene(content, self.settings.image_decoder.image_size)

    def prepare_text(self, text: str) -> str:
        """A sentence as the model knows it; raises ParameterError."""
        return prepare_sentence(text, self.longest_text, self.vocabulary)

    def encode(
        self,
        part: str,
        modality: Modality,
        inputs: Tensor | Texts | Speech,
        aloud: bool = False,
    ) -> Tensor:
        """The u of a batch."""
        network: Any = self.networks[part]
        fused: Tensor = network.encode(modality, inputs, aloud).u
        self.check_finite(fused)
        return fused

    def write(self, part: str, fused: Tensor) -> str:
        """What the text decoder writes of one u."""
        network: Any = self.networks[part]
        return to_text(network.generate_text(fused)[0].tolist())

    @torch.inference_mode()
    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """As `Model.retrieve` says."""
        if not 1 <= count <= len(self.gallery):
            raise ParameterError(f"count = {count}; allowed: 1 to {len(self.gallery)}")
        _, fused, _ = self.locate(*read_source(source), "image")
        distances = 1 - self.vectors @ F.normalize(fused.flatten().double(), dim=0)
        found = distances.topk(count, largest=False)
        pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
        return [self.item(row, distance) for row, distance in pairs]

    @cached_property
    def vectors(self) -> Tensor:
        """The u of the gallery's pictures, each of length one, [N, S * D]."""
        part = self.find_part("image")
        assert part is not None
        parts = [self.encode(part, "image", images / 255) for images in self.images.split(BATCH)]
        return F.normalize(torch.cat(parts).flatten(1).double())

    def item(self, row: int, distance: float) -> Item:
        """One picture of the gallery."""
        known = self.gallery[row]
        words = tuple(known["caption"].split())
        return Item(words, known["split"], distance, to_pixels(self.images[row]))


def parse_section(known: Description, key: str, section: type[Settings]) -> Settings:
    """Settings in a description; raises DataError."""
    values = known.take(key, lambda x: isinstance(x, dict), "a mapping")
    try:
        return section.parse(values, key)
    except ParameterError as error:
        raise DataError(f"{known.path}: {str(error).splitlines()[0][:300]}") from None


def to_pixels(image: Tensor) -> Pixels:
    """uint8 [3, H, W] -> [H, W, 3]."""
    return image.permute(1, 2, 0).contiguous().numpy()


def are_texts(value: Any) -> bool:
    """Whether `value` is a list of texts."""
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def are_items(value: Any) -> bool:
    """Whether `value` is a list of captions with their splits."""
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and item.keys() == {"caption", "split"}
        and are_texts([*item.values()])
        for item in value
    )
