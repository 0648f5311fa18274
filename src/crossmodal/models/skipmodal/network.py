"""The skip-modal network (paper B, section 3): three encoders, one bottleneck, three decoders.

Legend: B items, D size of z and u. A and B are also the paper's data sets of image-text and of
text-speech pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.network import ImageDecoder, SkipModalNetworkSettings
from crossmodal.data.skipmodal.batches import PairBatch, Speech, Texts, TextSpeechBatch
from crossmodal.errors import DataError, ParameterError
from crossmodal.models.skipmodal.adversary import Adversary, Modality
from crossmodal.models.skipmodal.bottleneck import build_fusion, build_transformer
from crossmodal.models.skipmodal.decoders import ImageDecoderNet, TextDecoderNet, text_loss
from crossmodal.models.skipmodal.encoders import ImageEncoderNet, SpeechEncoderNet, TextEncoderNet
from crossmodal.models.skipmodal.post_net import MelToLinear
from crossmodal.models.skipmodal.speech_decoder import SpeechDecoderNet, Spoken
from crossmodal.models.weights import load_weights, read_description, save_weights

Settings = TypeVar("Settings", bound=Section)

WEIGHT_OF = {
    "image": "image",
    "text_a": "text",
    "text_b": "text",
    "mel": "mel",
    "linear": "linear",
    "stop": "stop",
    "adversary_classifier": "adversary",
    "adversary_transformer": "adversary",
}


@dataclass(frozen=True)
class Encoded:
    """What the bottleneck makes of an input: z after T and u after M, [B, D] each."""

    z: Tensor
    u: Tensor


class SkipModalNetwork(nn.Module):
    """Any modality to z and u, and u to any modality; `forward` gives the losses of a step.

    First weights and dropout come from torch's global generator: see `build_network`. The blocks
    are attributes that can be replaced by any module with the same forward.
    """

    def __init__(self, config: SkipModalNetworkSettings) -> None:
        super().__init__()
        self.config, sizes = config, config.bottleneck
        self.image_encoder = ImageEncoderNet(config.image_encoder, config.embedding)
        self.text_encoder = TextEncoderNet(config.text_encoder, config.embedding)
        self.speech_encoder = SpeechEncoderNet(config.speech_encoder, config.embedding, config.mels)
        self.transformer = build_transformer(config.embedding, sizes)
        self.fusion = build_fusion(sizes)
        self.adversary = (
            Adversary(sizes.size, sizes.classifier, sizes.reversal) if sizes.adversary else None
        )
        self.image_decoder = ImageDecoderNet(config.image_decoder, sizes.size)
        self.text_decoder = TextDecoderNet(config.text_decoder, sizes.size)
        self.speech_decoder = SpeechDecoderNet(
            config.speech_decoder, sizes.size, sizes.heads, config.mels
        )
        joint = config.post_net.joint
        self.post_net = MelToLinear(config.post_net, config.mels) if joint else None

    def encode(
        self, modality: Modality, inputs: Tensor | Texts | Speech, aloud: bool = False
    ) -> Encoded:
        """Images [B, 3, H, W] in [0, 1], `Texts` or `Speech` -> z and u, `aloud` or not."""
        return self.fuse(self.normalize(modality, getattr(self, f"{modality}_encoder")(inputs)))

    def normalize(self, modality: Modality, embeddings: Tensor) -> Tensor:
        """e [B, E] as it goes on to T."""
        return embeddings

    def fuse(self, embeddings: Tensor) -> Encoded:
        """e [B, E] -> z and u."""
        latents = self.transformer(embeddings)
        return Encoded(latents, self.fusion(latents))

    def generate_image(self, fused: Tensor) -> Tensor:
        """u [B, D] -> images [B, 3, H, W] in [0, 1]."""
        return self.image_decoder(fused)

    def generate_text(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """u [B, D] -> symbols int64 [B, L], greedy and free-running, zero after the end symbol."""
        return self.text_decoder.generate(fused, max_length)

    def generate_mel(self, fused: Tensor, max_steps: int | None = None) -> Spoken:
        """u [B, D] -> mel spectrograms, free-running, with stop and alignment curves."""
        return self.speech_decoder.generate(fused, max_steps)

    def forward(self, batch: PairBatch) -> dict[str, Tensor]:
        """Each term of equations 1 and 3 to 6 that the step has, unweighted: `WEIGHT_OF`'s keys.

        Only reconstructions across modalities: no decoder is given the u of what it shall make.

        Raises:
            DataError: images of another size than the image decoder's.
        """
        return self.encoded_losses(batch, self.encode_batch(batch))

    def encoded_losses(self, batch: PairBatch, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """The terms of a step whose inputs have been encoded."""
        losses = dict(self.text_losses(batch, encoded))
        if batch.image_text is not None:
            images = batch.image_text.images
            losses["image"] = F.l1_loss(self.image_decoder(encoded["text_a"].u), images)
        if batch.text_speech is not None:
            losses |= self.speech_losses(encoded["text_b"].u, batch.text_speech)
        if self.adversary is not None:
            adversary = self.adversary.losses({name: each.z for name, each in encoded.items()})
            losses["adversary_classifier"] = adversary.classifier
            losses["adversary_transformer"] = adversary.transformer
        return losses

    def encode_batch(self, batch: PairBatch) -> dict[str, Encoded]:
        """z and u of `image`, `text_a`, `text_b` and `speech`, as far as the step has them.

        All go through T and M together: quicker, and the batch statistics are those of all.
        """
        embeddings = self.embed_batch(batch)
        fused = self.fuse(torch.cat(list(embeddings.values())))
        sizes = [len(each) for each in embeddings.values()]
        pairs = zip(fused.z.split(sizes), fused.u.split(sizes), strict=True)
        return {name: Encoded(*pair) for name, pair in zip(embeddings, pairs, strict=True)}

    def embed_batch(self, batch: PairBatch) -> dict[str, Tensor]:
        """The e [B, E] of the same; both texts go through their encoder in one call."""
        embeddings, texts = {}, {}
        if batch.image_text is not None:
            check_images(batch.image_text.images, self.config.image_decoder)
            seen = self.image_encoder(batch.image_text.images)
            embeddings["image"] = self.normalize("image", seen)
            texts["text_a"] = batch.image_text.texts
        if batch.text_speech is not None:
            heard = self.speech_encoder(batch.text_speech.speech)
            embeddings["speech"] = self.normalize("speech", heard)
            texts["text_b"] = batch.text_speech.texts
        both = self.normalize("text", self.text_encoder(join_texts(*texts.values())))
        counts = [len(each.lengths) for each in texts.values()]
        return embeddings | dict(zip(texts, both.split(counts), strict=True))

    def text_losses(
        self, batch: PairBatch, encoded: dict[str, Encoded]
    ) -> Iterator[tuple[str, Tensor]]:
        """The loss of each text that is to be made, all in one call of the decoder."""
        tasks = self.text_tasks(batch, encoded)
        fused, texts = zip(*tasks.values(), strict=True)
        symbols = join_texts(*texts).symbols
        counts = [len(each) for each in fused]
        logits = self.text_decoder(torch.cat(fused), symbols)
        for name, *parts in zip(tasks, logits.split(counts), symbols.split(counts), strict=True):
            yield name, text_loss(*parts)

    def text_tasks(
        self, batch: PairBatch, encoded: dict[str, Encoded]
    ) -> dict[str, tuple[Tensor, Texts]]:
        """Equation 6: texts of A are made from u of images, those of B from u of speech."""
        tasks = {}
        if batch.image_text is not None:
            tasks["text_a"] = (encoded["image"].u, batch.image_text.texts)
        if batch.text_speech is not None:
            tasks["text_b"] = (encoded["speech"].u, batch.text_speech.texts)
        return tasks

    def speech_losses(self, fused: Tensor, pairs: TextSpeechBatch) -> dict[str, Tensor]:
        """Equation 5 from u of texts: `mel`, `stop`, and `linear` where there is a target."""
        speech = pairs.speech
        spoken = self.speech_decoder(fused, speech)
        mel, stop = self.speech_decoder.losses(spoken, speech)
        losses = {"mel": mel, "stop": stop}
        if self.post_net is not None and speech.linears is not None:
            mels = spoken.mels[:, : speech.linears.shape[1]]
            losses["linear"] = self.post_net.loss(mels, speech.frames, speech.linears)
        return losses

    def save(self, path: Path) -> None:
        """Write weights and settings to `path`, for `load_network`."""
        save_weights(path, self, {"network": self.config.model_dump(mode="json")})


def check_images(images: Tensor, decoder: ImageDecoder) -> None:
    """Compare the size of images [B, 3, H, W] with what the image decoder draws.

    Raises:
        DataError: they differ.
    """
    height, width = images.shape[2:]
    size = decoder.image_size
    if (height, width) != (size, size):
        raise DataError(
            f"images of {height} x {width} pixels, but the network draws {size} x {size}: "
            "choose the canvas or image_decoder.channels (each doubles the side) accordingly"
        )


def join_texts(first: Texts, *others: Texts) -> Texts:
    """Several batches of texts as one, padded to the longest."""
    parts = (first, *others)
    longest = max(part.symbols.shape[1] for part in parts)
    symbols = [F.pad(part.symbols, (0, longest - part.symbols.shape[1])) for part in parts]
    return Texts(torch.cat(symbols), torch.cat([part.lengths for part in parts]))


def load_network(path: Path) -> SkipModalNetwork:
    """Build the network that `SkipModalNetwork.save` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    network = SkipModalNetwork(read_settings(path, SkipModalNetworkSettings))
    load_weights(path, network)
    return network


def read_settings(path: Path, section: type[Settings]) -> Settings:
    """The settings that a network's `save` wrote beside its weights.

    Raises:
        DataError: missing, damaged, or of another kind of network.
    """
    description = read_description(path)
    try:
        return section.parse(description["network"], "network")
    except (KeyError, TypeError, ParameterError) as error:
        file = path.with_suffix(".json")
        raise DataError(f"{file} does not describe this kind of network: {error}") from None
