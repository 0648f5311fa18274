"""Any modality to the slots of `ours`, and these to any modality.

T, M and C are the paper's, applied to each slot (T, M) or to all (C). The speech decoder speaks the
script: the states of the text decoder and the characters that it has written. So speech goes
through text; without the script it is made of u itself.

Legend: B items, S slots, D size of a slot, K hypotheses, L characters, H units.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.data.skipmodal.batches import Speech, Texts
from crossmodal.data.skipmodal.symbols import to_text
from crossmodal.data.skipmodal.vocabulary import split_words
from crossmodal.models.skipmodal.adversary import Adversary, Modality
from crossmodal.models.skipmodal.bottleneck import build_fusion, build_transformer
from crossmodal.models.skipmodal.decoders import ImageDecoderNet
from crossmodal.models.skipmodal.network import Encoded, check_images
from crossmodal.models.skipmodal.script_speech import ScriptSpeechDecoder
from crossmodal.models.skipmodal.slot_alignment import Contrast, pick
from crossmodal.models.skipmodal.slot_decoders import SlotTextDecoder
from crossmodal.models.skipmodal.slot_encoders import (
    SlotImageEncoder,
    SlotSpeechEncoder,
    SlotTextEncoder,
)
from crossmodal.models.skipmodal.speech_decoder import Spoken
from crossmodal.models.skipmodal.word_detection import WordDetector


class SlotModalities(nn.Module):
    """Encoders, bottleneck and decoders of all modalities."""

    def __init__(self, config: SlotNetworkSettings) -> None:
        super().__init__()
        self.config, sizes, size = config, config.bottleneck, config.bottleneck.size
        self.additions, self.weights = config.additions, config.weights
        self.spoken_words = frozenset(config.spoken_words)
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
        if config.words:
            self.seen_words = WordDetector(self.image_encoder.channels, config.words)
            self.heard_words = WordDetector(self.speech_encoder.channels, config.words)
        self.image_decoder = ImageDecoderNet(config.image_decoder, width)
        self.text_decoder = SlotTextDecoder(config, size)
        part = self.text_decoder.script_size if config.additions.script else size
        self.speech_decoder = ScriptSpeechDecoder(config, part)

    def encode(
        self, modality: Modality, inputs: Tensor | Texts | Speech, aloud: bool = False
    ) -> Encoded:
        """Images [B, 3, H, W] in [0, 1] or maps of them, `Texts` or `Speech` -> z and u [B, S, D].

        aloud: the u is to be spoken; of an image's hypotheses those are avoided that no recording
        has words for.

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
        several forms of captions share is often the nearest, but what it says is blurred. To be
        spoken it loses `sayable` nats for each word that no recording says.
        """
        likely = F.log_softmax(logits.float(), 1).T
        if len(fused) > 1:
            script = self.text_decoder.write(fused.flatten(0, 1))
            likely = likely + script.log_probability.view_as(likely)
            if aloud:
                unspoken = self.count_unspoken(script.symbols).view_as(likely)
                likely = likely - self.additions.sayable * unspoken
        return likely.argmax(0)

    def count_unspoken(self, symbols: Tensor) -> Tensor:
        """How many words of each text [B, L] no recording says: [B]; zeros where none is known."""
        if not self.spoken_words:
            return symbols.new_zeros(len(symbols))
        texts = [split_words(to_text(row)) for row in symbols.tolist()]
        counts = [sum(word not in self.spoken_words for word in words) for words in texts]
        return symbols.new_tensor(counts)

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
        return self.image_decoder(fused.flatten(1))

    def generate_text(self, fused: Tensor, max_length: int | None = None) -> Tensor:
        """u -> symbols int64 [B, L], greedy and free-running, zero after the end symbol."""
        return self.text_decoder.write(fused, max_length).symbols

    def generate_mel(self, fused: Tensor) -> Spoken:
        """u -> mel spectrograms with stop and alignment curves."""
        written = self.text_decoder.write(fused)
        parts = self.speech_parts(fused, written.states, written.symbols, written.lengths)
        return self.speech_decoder.generate(*parts)

    def speech_parts(
        self, fused: Tensor, states: Tensor, symbols: Tensor, lengths: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What the speech decoder speaks, part by part [B, P, W], and how many parts [B].

        Parts are the characters of a text, symbols [B, L] of `lengths` written from `states`
        [B, L, H]; without the script the slots of u [B, S, D].
        """
        if self.additions.script:
            return self.text_decoder.script(states, symbols), lengths
        return fused, torch.full_like(lengths, fused.shape[1])
