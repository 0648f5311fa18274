"""`ours`: the paper's parts around a bottleneck of slots, and losses that tie pairs together.

T, M and C are the paper's, applied to each slot (T, M) or to all (C). No image is ever paired with
speech: what speech an image should make is taught by the network's own speech for its caption.

Legend: B items, S slots, D size of a slot, K hypotheses.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.slots import SlotNetworkSettings
from crossmodal.data.batches import PairBatch, Speech, Texts
from crossmodal.models.skipmodal.adversary import Adversary, Modality
from crossmodal.models.skipmodal.bottleneck import build_fusion, build_transformer
from crossmodal.models.skipmodal.decoders import ImageDecoderNet, text_loss
from crossmodal.models.skipmodal.masking import length_mask, masked_mean
from crossmodal.models.skipmodal.network import Encoded, join_texts
from crossmodal.models.skipmodal.slot_alignment import Contrast, Hypotheses, distance
from crossmodal.models.skipmodal.slot_decoders import SlotSpeechDecoder, SlotTextDecoder
from crossmodal.models.skipmodal.slot_encoders import (
    SlotImageEncoder,
    SlotSpeechEncoder,
    SlotTextEncoder,
)
from crossmodal.models.skipmodal.speech_decoder import Spoken
from crossmodal.models.weights import load_weights, read_description, save_weights

SLOT_WEIGHT_OF = {
    "text_a": "text",
    "text_b": "text",
    "text_to_text": "text_to_text",
    "mel": "mel",
    "stop": "stop",
    "image": "image",
    "adversary_classifier": "adversary",
    "adversary_transformer": "adversary",
    "distance": "distance",
    "contrast": "contrast",
    "taught_mel": "taught_speech",
    "taught_stop": "taught_speech",
}


class SlotNetwork(nn.Module):
    """Any modality to z and u [B, S, D], and u to any modality; `forward` gives a step's losses.

    `progress`, the share of the training that is done, is set by the training before each step:
    additions begin at some share of it. `hypothesis` is the one that images are evaluated with.
    """

    hypothesis: Tensor

    def __init__(self, config: SlotNetworkSettings) -> None:
        super().__init__()
        self.config, sizes, size = config, config.bottleneck, config.bottleneck.size
        self.additions, self.weights, self.progress = config.additions, config.weights, 1.0
        self.image_encoder = SlotImageEncoder(config, size)
        self.text_encoder = SlotTextEncoder(config, size)
        self.speech_encoder = SlotSpeechEncoder(config, size)
        width = config.slots * size
        self.norms = nn.ModuleDict(
            {name: nn.BatchNorm1d(width, affine=False) for name in ("image", "text", "speech")}
        )
        self.hypotheses = Hypotheses(self.additions.hypotheses, config.slots, size)
        self.transformer, self.memory = build_transformer(size, sizes), build_fusion(sizes)
        self.adversary = (
            Adversary(width, sizes.classifier, sizes.reversal) if sizes.adversary else None
        )
        self.contrast = Contrast()
        self.image_decoder = ImageDecoderNet(config.image_decoder, width)
        self.text_decoder = SlotTextDecoder(config, size)
        self.speech_decoder = SlotSpeechDecoder(config, size)
        self.register_buffer("hypothesis", torch.tensor(0))

    def encode(self, modality: Modality, inputs: Tensor | Texts | Speech) -> Encoded:
        """Images [B, 3, H, W] in [0, 1], `Texts` or `Speech` -> z and u [B, S, D]."""
        embeddings = self.embed(modality, inputs)
        if modality == "image":
            embeddings = embeddings + self.hypotheses.offsets[self.hypothesis]
        return self.fuse(embeddings)

    def embed(self, modality: Modality, inputs: Tensor | Texts | Speech) -> Tensor:
        """e [B, S, D] of one modality, normalised."""
        embeddings = getattr(self, f"{modality}_encoder")(inputs)
        if not self.additions.normalize:
            return torch.tanh(embeddings)
        return self.norms[modality](embeddings.flatten(1)).view_as(embeddings)

    def fuse(self, embeddings: Tensor) -> Encoded:
        """e [B, S, D] -> z and u, slot by slot through T and M."""
        latents = self.transformer(embeddings.flatten(0, 1))
        fused = self.memory(latents)
        if self.additions.residual_read:
            fused = F.layer_norm(latents + fused, fused.shape[1:])
        shape = embeddings.shape
        return Encoded(latents.view(shape), fused.view(shape))

    def generate_image(self, fused: Tensor) -> Tensor:
        """u -> images [B, 3, H, W] in [0, 1]."""
        return self.image_decoder(fused.flatten(1))

    def generate_text(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """u -> symbols int64 [B, L], greedy and free-running, zero after the end symbol."""
        return self.text_decoder.generate(fused, max_length)

    def generate_mel(self, fused: Tensor, max_steps: int | None = None) -> Spoken:
        """u -> mel spectrograms with stop and alignment curves."""
        return self.speech_decoder.generate(fused, max_steps)

    def forward(self, batch: PairBatch) -> dict[str, Tensor]:
        """Each loss term of the step, unweighted: `SLOT_WEIGHT_OF`'s keys."""
        if self.progress < self.additions.text_first:
            return self.text_only_losses(batch)
        encoded = self.encode_batch(batch)
        losses = dict(self.text_losses(batch, encoded)) | self.pair_losses(encoded)
        if batch.image_text is not None:
            drawn = self.generate_image(encoded["text_a"].u)
            losses["image"] = F.l1_loss(drawn, batch.image_text.images)
        if batch.text_speech is not None:
            losses |= self.speech_losses(batch.text_speech.speech, encoded)
        if self.adversary is not None:
            flat = {name: each.z.flatten(1) for name, each in encoded.items()}
            adversary = self.adversary.losses(flat)
            losses["adversary_classifier"] = adversary.classifier
            losses["adversary_transformer"] = adversary.transformer
        return losses

    def text_only_losses(self, batch: PairBatch) -> dict[str, Tensor]:
        """The first steps: the space that text, the modality that both data sets share, induces."""
        texts = join_texts(*batch_texts(batch).values())
        fused = self.disturb(self.fuse(self.embed("text", texts)).u)
        return {"text_to_text": text_loss(self.text_decoder(fused, texts.symbols), texts.symbols)}

    def encode_batch(self, batch: PairBatch) -> dict[str, Encoded]:
        """z and u of `image` (the nearest hypothesis), `text_a`, `text_b` and `speech`."""
        texts = batch_texts(batch)
        embeddings = {"text": self.embed("text", join_texts(*texts.values()))}
        if batch.text_speech is not None:
            embeddings["speech"] = self.embed("speech", batch.text_speech.speech)
        if batch.image_text is not None:
            embeddings["image"] = self.hypotheses(self.embed("image", batch.image_text.images))
        fused = self.fuse(torch.cat(list(embeddings.values())))
        sizes = [len(each) for each in embeddings.values()]
        parts = zip(fused.z.split(sizes), fused.u.split(sizes), strict=True)
        encoded = {name: Encoded(*part) for name, part in zip(embeddings, parts, strict=True)}
        counts = [len(each.lengths) for each in texts.values()]
        both = encoded.pop("text")
        parts = zip(both.z.split(counts), both.u.split(counts), strict=True)
        encoded |= {name: Encoded(*part) for name, part in zip(texts, parts, strict=True)}
        if "image" in encoded:
            each = encoded["image"]
            rows = self.hypotheses.nearest(each.u.detach(), encoded["text_a"].u.detach())
            encoded["image"] = Encoded(each.z[rows], each.u[rows])
        return encoded

    def disturb(self, fused: Tensor) -> Tensor:
        """Noise on u, so that decoders take what is near a text's u for that text's."""
        if not self.training or self.additions.noise == 0:
            return fused
        return fused + self.additions.noise * torch.randn_like(fused)

    def text_losses(
        self, batch: PairBatch, encoded: dict[str, Encoded]
    ) -> Iterator[tuple[str, Tensor]]:
        """Texts from the u of images, of speech, and of every second text itself."""
        texts = batch_texts(batch)
        sources = {"text_a": "image", "text_b": "speech"}
        tasks = {name: (encoded[sources[name]].u, texts[name]) for name in texts}
        if self.weights.text_to_text:
            both = join_texts(*texts.values())
            every = torch.cat([encoded[name].u for name in texts])
            half = Texts(both.symbols[::2], both.lengths[::2])
            tasks["text_to_text"] = (every[::2], half)
        fused, targets = zip(*tasks.values(), strict=True)
        symbols = join_texts(*targets).symbols
        counts = [len(each) for each in fused]
        logits = self.text_decoder(self.disturb(torch.cat(fused)), symbols)
        for name, *parts in zip(tasks, logits.split(counts), symbols.split(counts), strict=True):
            yield name, text_loss(*parts)

    def pair_losses(self, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Distance and contrast between the u of each pair."""
        names = (("image", "text_a"), ("speech", "text_b"))
        pairs = [(encoded[a].u, encoded[b].u) for a, b in names if a in encoded]
        losses = {}
        if self.weights.distance:
            losses["distance"] = torch.stack([distance(*pair) for pair in pairs]).sum()
        if self.weights.contrast:
            losses["contrast"] = torch.stack([self.contrast(*pair) for pair in pairs]).sum()
        return losses

    def speech_losses(self, speech: Speech, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Speech from the u of B's texts; later also from images, as from their captions."""
        sources = [self.disturb(encoded["text_b"].u)]
        taught = bool(self.weights.taught_speech) and "image" in encoded
        taught = taught and self.progress >= self.additions.teach_from
        if taught:
            sources += [encoded["text_a"].u.detach(), self.disturb(encoded["image"].u)]
        spoken = self.speech_decoder(torch.cat(sources), self.speech_decoder.count_steps(speech))
        counts = [len(each) for each in sources]
        mels, stops = spoken.mels.split(counts), spoken.stops.split(counts)
        first = Spoken(mels[0], spoken.frames, stops[0], spoken.alignments)
        mel, stop = self.speech_decoder.losses(first, speech)
        losses = {"mel": mel, "stop": stop}
        if taught:
            losses |= self.taught_losses(mels[1:], stops[1:])
        return losses

    def taught_losses(
        self, mels: tuple[Tensor, ...], stops: tuple[Tensor, ...]
    ) -> dict[str, Tensor]:
        """An image's speech against its caption's, up to where that stops; the latter is fixed."""
        teacher, gates = mels[0].detach(), stops[0].detach().sigmoid()
        before = ((gates > 0.5).long().cumsum(1) <= 1).sum(1)  # steps up to the last one
        heard = length_mask(before * self.config.frames_per_step, teacher.shape[1])
        mel = masked_mean((mels[1] - teacher).abs(), heard)
        stop = F.binary_cross_entropy_with_logits(stops[1], gates)
        return {"taught_mel": self.weights.mel * mel, "taught_stop": stop}

    def save(self, path: Path) -> None:
        """Write weights and settings to `path`, for `load_slot_network`."""
        save_weights(path, self, {"network": self.config.model_dump(mode="json")})


def batch_texts(batch: PairBatch) -> dict[str, Texts]:
    """The texts of a step, by data set."""
    texts = {}
    if batch.image_text is not None:
        texts["text_a"] = batch.image_text.texts
    if batch.text_speech is not None:
        texts["text_b"] = batch.text_speech.texts
    return texts


def load_slot_network(path: Path) -> SlotNetwork:
    """Build the network that `SlotNetwork.save` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    settings = SlotNetworkSettings.parse(read_description(path)["network"], "network")
    network = SlotNetwork(settings)
    load_weights(path, network)
    return network
