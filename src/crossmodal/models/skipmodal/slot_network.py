"""`ours`: the paper's parts around a bottleneck of slots, and losses that tie pairs together.

No image is ever paired with speech.

Legend: B items, S slots, D size of a slot, K hypotheses.
"""

from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import PairBatch, Texts, TextSpeechBatch
from crossmodal.models.skipmodal.decoders import text_loss
from crossmodal.models.skipmodal.network import Encoded, join_texts, read_settings
from crossmodal.models.skipmodal.slot_alignment import nearest, pick
from crossmodal.models.skipmodal.slot_encoders import Heard, count_words
from crossmodal.models.skipmodal.slot_modalities import SlotModalities
from crossmodal.models.skipmodal.slot_patches import SlotPatches
from crossmodal.models.weights import load_weights, save_weights

SLOT_WEIGHT_OF = {
    "text_a": "text",
    "text_b": "text",
    "text_to_text": "text_to_text",
    "mel": "mel",
    "stop": "stop",
    "image": "image",
    "place": "place",
    "adversary_classifier": "adversary",
    "adversary_transformer": "adversary",
    "spoken": "spoken",
    "spelling_a": "spelling",
    "spelling_b": "spelling",
    "contrast": "contrast",
    "words_seen": "words",
    "words_heard": "words",
    "word_count": "count",
    "hypothesis": "hypothesis",
}


class Perceived(NamedTuple):
    """What stands at each place of the images [B, C, h, w], and what is heard at each time."""

    seen: Tensor | None
    heard: Heard | None


class SlotNetwork(SlotModalities):
    """What a step of training minimises: `forward` gives its losses.

    `progress`, the share of the training that is done, is set by the training before each step:
    additions begin at some share of it.
    """

    progress = 1.0

    def forward(self, batch: PairBatch) -> dict[str, Tensor]:
        """The step's loss terms under `SLOT_WEIGHT_OF`'s keys, unweighted.

        In training a step needs two items or more of a modality: one has no batch statistics.

        Raises:
            DataError: images of another size than the image decoder's.
        """
        if self.weights.text_to_text and self.progress < self.additions.text_first:
            texts = join_texts(*batch_texts(batch).values())
            found = self.word_losses(batch, self.perceive(batch))
            return found | {"text_to_text": self.rewrite(texts)}
        if self.additions.freeze_texts:
            frozen = self.progress >= self.additions.freeze_texts
            self.freeze_texts(frozen)
            if frozen:
                return self.frozen_losses(batch)
        losses, encoded = self.pair_batch_losses(batch)
        return losses | self.adversary_losses(encoded)

    def rewrite(self, texts: Texts) -> Tensor:
        """Texts from their own u: the space that the modality of both data sets induces."""
        fused = self.encode("text", texts).u
        return text_loss(self.text_decoder(fused, texts.symbols), texts.symbols)

    def freeze_texts(self, frozen: bool) -> None:
        """What texts mean stays, or may change again; their statistics too."""
        encoding = (self.text_encoder, self.norms["text"], self.transformer, self.memory)
        for part in (*encoding, self.text_decoder):
            part.requires_grad_(not frozen)
        for part in encoding:
            part.train(self.training and not frozen)

    def frozen_losses(self, batch: PairBatch) -> dict[str, Tensor]:
        """The terms of images, and of B's speech from its frozen texts.

        There is no adversary: what it is to confuse is fixed, and its push kept images from their
        captions in trials.
        """
        losses: dict[str, Tensor] = {}
        if batch.image_text is not None:
            losses |= self.pair_batch_losses(PairBatch(batch.image_text, None))[0]
        if batch.text_speech is not None:
            texts = batch.text_speech.texts
            with torch.no_grad():
                fused = self.encode("text", texts).u
            losses |= self.speech_losses(batch.text_speech, fused)
        return losses

    def pair_batch_losses(self, batch: PairBatch) -> tuple[dict[str, Tensor], dict[str, Encoded]]:
        """The terms that know which texts belong to what, and z and u of all."""
        perceived = self.perceive(batch)
        losses = self.word_losses(batch, perceived)
        encoded, hypothesis_loss = self.encode_batch(batch, perceived)
        losses |= hypothesis_loss | self.decoder_losses(batch, encoded) | self.pair_losses(encoded)
        if batch.image_text is not None:
            pairs = batch.image_text
            fused = encoded["text_a"].u
            if self.progress >= self.additions.freeze_texts:
                # Not before: of texts that still change patches draw a fog, and keep to it.
                losses |= self.drawing_losses(fused, perceived.seen, pairs.images)
            both, texts = torch.cat([encoded["image"].u, fused]), join_texts(*[pairs.texts] * 2)
            losses["spelling_a"] = self.spelling.learn(both, texts)[2]
        return losses, encoded

    def adversary_losses(self, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Equation 1: of which modality each z is, to be told and to be hidden."""
        if self.adversary is None:
            return {}
        found = self.adversary.losses({name: each.z.flatten(1) for name, each in encoded.items()})
        return {
            "adversary_classifier": found.classifier,
            "adversary_transformer": found.transformer,
        }

    def perceive(self, batch: PairBatch) -> Perceived:
        """What stands at each place of the images, and what is heard at each time."""
        pairs, spoken = batch.image_text, batch.text_speech
        return Perceived(
            None if pairs is None else self.look(pairs.inputs),
            None if spoken is None else self.speech_encoder.listen(spoken.speech),
        )

    def word_losses(self, batch: PairBatch, perceived: Perceived) -> dict[str, Tensor]:
        """Words of captions at places of images, of sentences in speech, and how many these are."""
        losses: dict[str, Tensor] = {}
        looked_for = self.config.words and self.weights.words
        if batch.image_text is not None and perceived.seen is not None and looked_for:
            scores = self.seen_words(perceived.seen.flatten(2).transpose(1, 2))
            losses["words_seen"] = self.seen_words.loss(scores, batch.image_text.texts)
        if batch.text_speech is not None and perceived.heard is not None:
            heard, texts = perceived.heard, batch.text_speech.texts
            if looked_for:
                scores = self.heard_words(heard.states, heard.mask)
                losses["words_heard"] = self.heard_words.loss(scores, texts)
            if self.additions.order and self.weights.count:
                counts = count_words(texts)
                losses["word_count"] = ((heard.pace.sum(1) - counts).abs() / counts).mean()
        return losses

    def encode_batch(
        self, batch: PairBatch, perceived: Perceived
    ) -> tuple[dict[str, Encoded], dict[str, Tensor]]:
        """z and u of `text_a`, `text_b`, `speech` and `image`, and the loss of the hypotheses.

        All go through T and M in one call. Of an image's hypotheses the one whose u is nearest to
        the caption's stands for the image; the loss is of predicting which one that is.
        """
        embeddings, logits = self.embed_batch(batch, perceived)
        fused = self.fuse(torch.cat(list(embeddings.values())))
        sizes = [len(each) for each in embeddings.values()]
        parts = zip(fused.z.split(sizes), fused.u.split(sizes), strict=True)
        encoded = {name: Encoded(*part) for name, part in zip(embeddings, parts, strict=True)}
        if logits is None:
            return encoded, {}
        image = encoded["image"]
        z, u = (vectors.unflatten(0, logits.T.shape) for vectors in (image.z, image.u))
        chosen = nearest(u, encoded["text_a"].u)
        encoded["image"] = Encoded(pick(z, chosen), pick(u, chosen))
        return encoded, {"hypothesis": F.cross_entropy(logits.float(), chosen)}

    def embed_batch(
        self, batch: PairBatch, perceived: Perceived
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        """The embeddings e of `text_a`, `text_b`, `speech` and `image`, [B, S, D] each.

        Those of images are of all hypotheses, [K B, S, D]; beside them the logits [B, K] of which
        hypothesis suits its image.
        """
        texts = batch_texts(batch)
        both = self.embed("text", join_texts(*texts.values()))
        counts = [len(each.lengths) for each in texts.values()]
        embeddings, logits = dict(zip(texts, both.split(counts), strict=True)), None
        if batch.text_speech is not None and perceived.heard is not None:
            words = count_words(batch.text_speech.texts)
            heard = self.speech_encoder.read(perceived.heard, words)
            embeddings["speech"] = self.normalize("speech", heard)
        if perceived.seen is not None:
            hypotheses, logits = self.image_encoder.read(perceived.seen)
            embeddings["image"] = self.normalize("image", hypotheses).flatten(0, 1)
        return embeddings, logits

    def drawing_losses(
        self, fused: Tensor, seen: Tensor | None, images: Tensor
    ) -> dict[str, Tensor]:
        """Of pictures of texts' u: cross-entropy and places of patches, or L1 as in equation 4.

        L1 is the least for black, where the pictures that a text may mean are mostly black.
        """
        if seen is None or not isinstance(self.image_decoder, SlotPatches):
            return {"image": F.l1_loss(self.generate_image(fused), images)}
        light, places = self.image_decoder.losses(fused, seen, images)
        return {"image": light, "place": places}

    def decoder_losses(self, batch: PairBatch, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Texts from the u of images, of speech and of B's texts, and B's speech from the last."""
        texts = batch_texts(batch)
        tasks = {}
        if batch.image_text is not None:
            tasks["text_a"] = (encoded["image"].u, texts["text_a"])
        if batch.text_speech is not None:
            tasks["text_b"] = (encoded["speech"].u, texts["text_b"])
            tasks["text_to_text"] = (encoded["text_b"].u, texts["text_b"])
        sources, targets = zip(*tasks.values(), strict=True)
        symbols = join_texts(*targets).symbols
        counts = [len(each) for each in sources]
        fused = torch.cat(sources)
        logits = self.text_decoder(fused, symbols)
        parts = zip(logits.split(counts), symbols.split(counts), strict=True)
        losses = {name: text_loss(*each) for name, each in zip(tasks, parts, strict=True)}
        if batch.text_speech is not None:
            losses |= self.speech_losses(batch.text_speech, encoded["text_b"].u)
        return losses

    def speech_losses(self, pairs: TextSpeechBatch, fused: Tensor) -> dict[str, Tensor]:
        """Equation 5: `mel` and `stop` of B's speech from its text's u; and `spelling`."""
        *states, spelling = self.spelling.learn(fused, pairs.texts)
        steps = self.speech_decoder.count_steps(pairs.speech.frames)
        spoken, stops = self.speech_decoder(*states, steps)
        mel, stop = self.speech_decoder.losses(spoken, stops, pairs.speech)
        return {"mel": mel, "stop": stop, "spelling_b": spelling}

    def pair_losses(self, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Contrast between the u of each pair, and which of the texts are recordings'."""
        names = (("image", "text_a"), ("speech", "text_b"))
        pairs = [(encoded[one].u, encoded[text].u) for one, text in names if one in encoded]
        losses = {}
        if self.weights.contrast:
            losses["contrast"] = torch.stack([self.contrast(*pair) for pair in pairs]).sum()
        if self.weights.spoken and len(pairs) == len(names):
            (_, captions), (_, sentences) = pairs
            losses["spoken"] = self.spoken.loss(captions, sentences)
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
