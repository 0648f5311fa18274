"""`mended`: the network of the paper with five changes that let it say what images show.

One u for an item, T, M, the encoders and the decoders of image and text are the paper's. Why each
change is needed is shown in `docs/skipmodal/mended.md`.

Legend: B items, E size of e, D size of z and u.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.data.skipmodal.batches import PairBatch, Texts, TextSpeechBatch
from crossmodal.models.skipmodal.adversary import MODALITIES, Modality
from crossmodal.models.skipmodal.decoders import text_loss
from crossmodal.models.skipmodal.network import (
    WEIGHT_OF,
    Encoded,
    SkipModalNetwork,
    join_texts,
    read_settings,
)
from crossmodal.models.skipmodal.slot_alignment import Contrast
from crossmodal.models.skipmodal.slot_speech import SlotSpeechDecoder
from crossmodal.models.skipmodal.slot_spelling import STATE
from crossmodal.models.skipmodal.speech_decoder import Spoken
from crossmodal.models.skipmodal.unrolling import Unrolling
from crossmodal.models.weights import load_weights

MENDED_WEIGHT_OF = WEIGHT_OF | {
    "text_to_text": "text_to_text",
    "contrast": "contrast",
    "spelling_a": "spelling",
    "spelling_b": "spelling",
}


class MendedNetwork(SkipModalNetwork):
    """The paper's network, changed as `config.changes` says.

    - `normalize`: without it the e of a modality differ little from one another and much from
      those of the other modalities, so T's batch normalisation sees which modality it is and hardly
      which item.
    - `residual_read`: M's softmax is nearly uniform at first, so the read is nearly the same for
      every z; past it z itself goes on.
    - `contrast`: its gradient reaches the encoders without passing a decoder.
    - `texts_first`: the decoder learns to read u from texts, whose u holds all that is to be
      written, before images and recordings learn what to put into it.
    - `spelling`: one u leaves nothing to attend to. It is unrolled into words and these into a
      state for each character, each of which lasts as long as is predicted, as in `ours`.

    `progress`, the share of the training that is done, is set by the training before each step.
    """

    progress = 1.0

    def __init__(self, config: MendedNetworkSettings) -> None:
        super().__init__(config)
        self.changes, size = config.changes, config.bottleneck.size
        if self.changes.normalize:
            self.norms = nn.ModuleDict(
                {str(name): nn.BatchNorm1d(config.embedding, affine=False) for name in MODALITIES}
            )
        if self.changes.contrast:
            self.contrast = Contrast()
        if self.changes.spelling:
            self.spelling = Unrolling(size, config.most_words, config.word_characters)
            voice = config.speech_decoder
            del self.speech_decoder
            self.voice = SlotSpeechDecoder(
                STATE, voice.lstm, config.mels, voice.frames_per_step, voice.max_steps
            )

    def normalize(self, modality: Modality, embeddings: Tensor) -> Tensor:
        """e [B, E], each number with mean 0 and deviation 1 over the modality's items."""
        if not self.changes.normalize:
            return embeddings
        normed: Tensor = self.norms[modality](embeddings)
        return normed

    def fuse(self, embeddings: Tensor) -> Encoded:
        """e [B, E] -> z and u."""
        encoded = super().fuse(embeddings)
        if not self.changes.residual_read:
            return encoded
        return Encoded(encoded.z, F.layer_norm(encoded.z + encoded.u, encoded.z.shape[1:]))

    def generate_mel(self, fused: Tensor, max_steps: int | None = None) -> Spoken:
        """u [B, D] -> mel spectrograms with stop and alignment curves."""
        if not self.changes.spelling:
            return super().generate_mel(fused, max_steps)
        return self.voice.generate(*self.spelling.speak(fused))

    def forward(self, batch: PairBatch) -> dict[str, Tensor]:
        """The step's loss terms under `MENDED_WEIGHT_OF`'s keys, unweighted; see the paper's."""
        if self.progress < self.changes.texts_first:
            return self.own_losses(batch)
        return super().forward(batch)

    def encoded_losses(self, batch: PairBatch, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """The paper's terms, and those that tie the u of pairs together."""
        return super().encoded_losses(batch, encoded) | self.pair_losses(batch, encoded)

    def own_losses(self, batch: PairBatch) -> dict[str, Tensor]:
        """All texts of a step from their own u: written, and spelled."""
        pairs = (each for each in (batch.image_text, batch.text_speech) if each is not None)
        texts = join_texts(*(each.texts for each in pairs))
        fused = self.encode("text", texts).u
        losses = {"text_to_text": text_loss(self.text_decoder(fused, texts.symbols), texts.symbols)}
        if self.changes.spelling:
            losses["spelling_b"] = self.spelling.learn(fused, texts)[2]
        return losses

    def text_tasks(
        self, batch: PairBatch, encoded: dict[str, Encoded]
    ) -> dict[str, tuple[Tensor, Texts]]:
        """The paper's, and B's texts from their own u."""
        tasks = super().text_tasks(batch, encoded)
        if self.changes.texts_first and batch.text_speech is not None:
            tasks["text_to_text"] = (encoded["text_b"].u, batch.text_speech.texts)
        return tasks

    def pair_losses(self, batch: PairBatch, encoded: dict[str, Encoded]) -> dict[str, Tensor]:
        """Contrast of each pair's u, and what the u of images and captions are asked to spell."""
        losses = {}
        if self.changes.contrast:
            names = (("image", "text_a"), ("speech", "text_b"))
            pairs = [(encoded[one].u, encoded[text].u) for one, text in names if one in encoded]
            losses["contrast"] = torch.stack([self.contrast(*pair) for pair in pairs]).sum()
        if self.changes.spelling and batch.image_text is not None:
            both = torch.cat([encoded["image"].u, encoded["text_a"].u])
            texts = join_texts(*[batch.image_text.texts] * 2)
            losses["spelling_a"] = self.spelling.learn(both, texts)[2]
        return losses

    def speech_losses(self, fused: Tensor, pairs: TextSpeechBatch) -> dict[str, Tensor]:
        """Equation 5 from u of texts: `mel` and `stop`; and `spelling_b`."""
        if not self.changes.spelling:
            return super().speech_losses(fused, pairs)
        *states, spelling = self.spelling.learn(fused, pairs.texts)
        steps = self.voice.count_steps(pairs.speech.frames)
        spoken, predicted = self.voice(*states, steps)
        mel, stop = self.voice.losses(spoken, predicted, pairs.speech)
        return {"mel": mel, "stop": stop, "spelling_b": spelling}


def load_mended_network(path: Path) -> MendedNetwork:
    """Build the network that `MendedNetwork.save` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    network = MendedNetwork(read_settings(path, MendedNetworkSettings))
    load_weights(path, network)
    return network
