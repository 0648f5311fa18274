"""`ours`: the paper's parts around a bottleneck of slots, and losses that tie pairs together.

T, M and C are the paper's, applied to each slot (T, M) or to all (C). No image is ever paired with
speech. The speech decoder speaks what the text decoder has in mind, whose states come from u alone.

Legend: B items, S slots, D size of a slot, K hypotheses.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.slots import SlotNetworkSettings
from crossmodal.data.batches import PairBatch, Speech, Texts, TextSpeechBatch
from crossmodal.models.skipmodal.adversary import Adversary, Modality
from crossmodal.models.skipmodal.bottleneck import build_fusion, build_transformer
from crossmodal.models.skipmodal.decoders import ImageDecoderNet, text_loss
from crossmodal.models.skipmodal.network import Encoded, check_images, join_texts, read_settings
from crossmodal.models.skipmodal.script_speech import ScriptSpeechDecoder
from crossmodal.models.skipmodal.slot_alignment import Contrast, Hypotheses, distance
from crossmodal.models.skipmodal.slot_decoders import SlotTextDecoder
from crossmodal.models.skipmodal.slot_encoders import (
    SlotImageEncoder,
    SlotSpeechEncoder,
    SlotTextEncoder,
)
from crossmodal.models.skipmodal.speech_decoder import Spoken
from crossmodal.models.weights import load_weights, save_weights

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
        self.speech_decoder = ScriptSpeechDecoder(config, self.text_decoder.script_size)
        self.register_buffer("hypothesis", torch.tensor(0))

    def encode(self, modality: Modality, inputs: Tensor | Texts | Speech) -> Encoded:
        """Images [B, 3, H, W] in [0, 1] or maps of them, `Texts` or `Speech` -> z and u [B, S, D].

        Raises:
            DataError: images of another size than the image decoder's.
        """
        embeddings = self.embed(modality, inputs)
        if modality == "image":
            embeddings = embeddings + self.hypotheses.offsets[self.hypothesis]
        return self.fuse(embeddings)

    def embed(self, modality: Modality, inputs: Tensor | Texts | Speech) -> Tensor:
        """e [B, S, D] of one modality, normalised."""
        if isinstance(inputs, Tensor) and inputs.shape[1] == 3:
            check_images(inputs, self.config.image_decoder)
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
        return self.text_decoder.write(fused, max_length).symbols

    def generate_mel(self, fused: Tensor) -> Spoken:
        """u -> mel spectrograms with stop and alignment curves."""
        script = self.text_decoder.write(fused)
        states = self.text_decoder.script(script.states, script.symbols)
        return self.speech_decoder.generate(states, script.lengths)

    def forward(self, batch: PairBatch) -> dict[str, Tensor]:
        """The step's loss terms under `SLOT_WEIGHT_OF`'s keys, unweighted.

        In training a step needs two items or more of a modality: one has no batch statistics.

        Raises:
            DataError: images of another size than the image decoder's.
        """
        if self.weights.text_to_text and self.progress < self.additions.text_first:
            return self.text_only_losses(batch)
        encoded = self.encode_batch(batch)
        losses = self.decoder_losses(batch, encoded) | self.pair_losses(encoded)
        if batch.image_text is not None:
            drawn = self.generate_image(encoded["text_a"].u)
            losses["image"] = F.l1_loss(drawn, batch.image_text.images)
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
        logits, _ = self.text_decoder(fused, texts.symbols)
        return {"text_to_text": text_loss(logits, texts.symbols)}

    def encode_batch(self, batch: PairBatch) -> dict[str, Encoded]:
        """z and u of `text_a`, `text_b`, `speech` and `image` (the nearest hypothesis)."""
        embeddings = self.embed_batch(batch)
        fused = self.fuse(torch.cat(list(embeddings.values())))
        sizes = [len(each) for each in embeddings.values()]
        parts = zip(fused.z.split(sizes), fused.u.split(sizes), strict=True)
        encoded = {name: Encoded(*part) for name, part in zip(embeddings, parts, strict=True)}
        if "image" in encoded:
            every = encoded["image"]
            rows = self.hypotheses.nearest(every.u, encoded["text_a"].u)
            encoded["image"] = Encoded(every.z[rows], every.u[rows])
        return encoded

    def embed_batch(self, batch: PairBatch) -> dict[str, Tensor]:
        """The e of the same, of images [K B, S, D]; both texts go through in one call."""
        texts = batch_texts(batch)
        both = self.embed("text", join_texts(*texts.values()))
        counts = [len(each.lengths) for each in texts.values()]
        embeddings = dict(zip(texts, both.split(counts), strict=True))
        if batch.text_speech is not None:
            embeddings["speech"] = self.embed("speech", batch.text_speech.speech)
        if batch.image_text is not None:
            embeddings["image"] = self.hypotheses(self.embed("image", batch.image_text.inputs))
        return embeddings

    def disturb(self, fused: Tensor) -> Tensor:
        """Noise on u, so that decoders take what is near a text's u for that text's."""
        if not self.training or self.additions.noise == 0:
            return fused
        return fused + self.additions.noise * torch.randn_like(fused)

    def decoder_losses(self, batch: PairBatch, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Texts from the u of images, of speech and of B's texts, and B's speech from the last."""
        texts = batch_texts(batch)
        tasks = {}
        if batch.image_text is not None:
            tasks["text_a"] = (encoded["image"].u, texts["text_a"])
        if batch.text_speech is not None:
            tasks["text_b"] = (encoded["speech"].u, texts["text_b"])
            tasks["text_to_text"] = (encoded["text_b"].u, texts["text_b"])
        fused, targets = zip(*tasks.values(), strict=True)
        symbols = join_texts(*targets).symbols
        counts = [len(each) for each in fused]
        logits, states = self.text_decoder(self.disturb(torch.cat(fused)), symbols)
        parts = zip(logits.split(counts), symbols.split(counts), strict=True)
        losses = {name: text_loss(*each) for name, each in zip(tasks, parts, strict=True)}
        if batch.text_speech is not None:
            mine = states.split(counts)[-1][:, : texts["text_b"].symbols.shape[1]]
            losses |= self.speech_losses(batch.text_speech, mine)
        return losses

    def speech_losses(self, pairs: TextSpeechBatch, states: Tensor) -> dict[str, Tensor]:
        """Equation 5: `mel` and `stop` of B's speech from the states of its text, from u."""
        script = self.text_decoder.script(states, pairs.texts.symbols)
        wanted = self.speech_decoder.count_steps(pairs.speech.frames)
        spoken, predicted = self.speech_decoder(script, pairs.texts.lengths, wanted)
        mel, stop = self.speech_decoder.losses(spoken, predicted, pairs.speech)
        return {"mel": mel, "stop": stop}

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
    network = SlotNetwork(read_settings(path, SlotNetworkSettings))
    load_weights(path, network)
    return network
