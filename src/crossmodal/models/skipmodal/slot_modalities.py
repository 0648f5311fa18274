"""Any modality to the slots of `ours`, and these to any modality.

T, M and C are the paper's, applied to each slot (T, M) or to all (C). Speech is made of u alone:
nothing that the text decoder makes reaches the speech decoder.

Legend: B items, S slots, D size of a slot, K hypotheses, L characters, H units.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.models.skipmodal.adversary import Adversary, Modality
from crossmodal.models.skipmodal.bottleneck import build_fusion, build_transformer
from crossmodal.models.skipmodal.decoders import ImageDecoderNet
from crossmodal.models.skipmodal.network import Encoded, check_images
from crossmodal.models.skipmodal.slot_alignment import Contrast, pick
from crossmodal.models.skipmodal.slot_decoders import SlotTextDecoder
from crossmodal.models.skipmodal.slot_encoders import (
    SlotImageEncoder,
    SlotSpeechEncoder,
    SlotTextEncoder,
)
from crossmodal.models.skipmodal.slot_patches import SlotPatches
from crossmodal.models.skipmodal.slot_speech import SlotSpeechDecoder
from crossmodal.models.skipmodal.slot_spelling import STATE, SlotSpelling
from crossmodal.models.skipmodal.speech_decoder import Spoken
from crossmodal.models.skipmodal.spoken_texts import SpokenTexts
from crossmodal.models.skipmodal.word_detection import WordDetector


class SlotModalities(nn.Module):
    """Encoders, bottleneck and decoders of all modalities."""

    def __init__(self, config: SlotNetworkSettings) -> None:
        super().__init__()
        self.config, sizes, size = config, config.bottleneck, config.bottleneck.size
        self.additions, self.weights = config.additions, config.weights
        self.image_encoder = SlotImageEncoder(config, size)
        self.text_encoder = SlotTextEncoder(config, size)
        self.speech_encoder = SlotSpeechEncoder(config, size)
        width = config.slots * size
        self.norms = nn.ModuleDict(
            {name: nn.BatchNorm1d(width, affine=False) for name in ("image", "text", "speech")}
        )
        self.transformer, self.memory = build_transformer(size, sizes), build_fusion(sizes)
        self.adversary = (
            Adversary(width, sizes.classifier, sizes.reversal) if sizes.adversary else None
        )
        self.contrast = Contrast()
        self.spoken = SpokenTexts(width)
        if config.words:
            self.seen_words = WordDetector(self.image_encoder.channels, config.words)
            self.heard_words = WordDetector(self.speech_encoder.channels, config.words)
        side, channels = config.image_decoder.image_size, self.image_encoder.channels
        self.image_decoder = (
            SlotPatches(size, channels, config.places_side, side)
            if self.additions.patches
            else ImageDecoderNet(config.image_decoder, width)
        )
        self.text_decoder = SlotTextDecoder(config, size)
        self.spelling = SlotSpelling(size, config.word_characters)
        self.speech_decoder = SlotSpeechDecoder(
            STATE, config.speech_decoder, config.mels, config.frames_per_step, config.max_steps
        )

    def encode(
        self, modality: Modality, inputs: Tensor | Texts | Speech, aloud: bool = False
    ) -> Encoded:
        """Images [B, 3, H, W] in [0, 1] or maps of them, `Texts` or `Speech` -> z and u [B, S, D].

        aloud: the u is to be spoken: of an image's hypotheses one that is like recordings.

        Raises:
            DataError: images of another size than the image decoder's.
        """
        if not isinstance(inputs, Tensor):
            return self.fuse(self.embed(modality, inputs))
        hypotheses, logits = self.image_encoder.read(self.look(inputs))
        encoded = self.fuse(self.normalize("image", hypotheses).flatten(0, 1))
        z, u = (vectors.unflatten(0, logits.T.shape) for vectors in (encoded.z, encoded.u))
        chosen = self.choose(u, logits, aloud)
        return Encoded(pick(z, chosen), pick(u, chosen))

    def choose(self, fused: Tensor, logits: Tensor, aloud: bool = False) -> Tensor:
        """Which of the hypotheses u [K, B, S, D], whose `logits` are [B, K]: int64 [B].

        It is the one whose own text is the most probable, p(k | image) p(text | u of k): one that
        several forms of captions share is often the nearest, but what it says is blurred. What
        is to be spoken should be like what recordings say, too.
        """
        likely = F.log_softmax(logits.float(), 1).T
        if len(fused) > 1:
            script = self.text_decoder.write(fused.flatten(0, 1))
            likely = likely + script.log_probability.view_as(likely)
            if aloud and self.weights.spoken:
                likely = likely + self.spoken.log_probability(fused)
        return likely.argmax(0)

    def embed(self, modality: Modality, inputs: Texts | Speech) -> Tensor:
        """e [B, S, D] of texts or speech."""
        return self.normalize(modality, getattr(self, f"{modality}_encoder")(inputs))

    def look(self, images: Tensor) -> Tensor:
        """Images or maps of them -> what stands at each place [B, C, h, w]."""
        if images.shape[1] == 3:
            check_images(images, self.config.image_decoder)
        return self.image_encoder.look(images)

    def normalize(self, modality: Modality, embeddings: Tensor) -> Tensor:
        """What an encoder made [..., S, D] to e."""
        if not self.additions.normalize:
            return torch.tanh(embeddings)
        rows = embeddings.reshape(-1, self.config.slots * self.config.bottleneck.size)
        normed: Tensor = self.norms[modality](rows)
        return normed.view_as(embeddings)

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
        drawn: Tensor = self.image_decoder(fused if self.additions.patches else fused.flatten(1))
        return drawn

    def generate_text(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """u -> symbols int64 [B, L], greedy and free-running, zero after the end symbol."""
        return self.text_decoder.write(fused, max_length).symbols

    def generate_mel(self, fused: Tensor) -> Spoken:
        """u -> mel spectrograms with stop and alignment curves."""
        return self.speech_decoder.generate(*self.spelling.speak(fused))
