"""The skip-modal network's encoders and decoders as the CycleGAN baseline uses them.

Legend: B items, E size of an encoder's output, T mel frames, M mel bands.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from crossmodal.config.skipmodal.network import SkipModalNetworkSettings
from crossmodal.models.skipmodal.decoders import ImageDecoderNet
from crossmodal.models.skipmodal.encoders import ImageEncoderNet, SpeechEncoderNet
from crossmodal.models.skipmodal.layers import build_seeded
from crossmodal.models.skipmodal.speech_decoder import SpeechDecoderNet
from crossmodal.models.weights import load_weights, read_description, save_weights


class UnpairedSpeechDecoder(nn.Module):
    """The speech decoder without feedback: an utterance of a given length in three calls.

    Each step is told silence instead of the frame before, in training as in generation; recurrent
    states alone carry the utterance. Its own frames would make each step of a training a loop of
    some fifty steps, and without pairs there are no true ones.
    """

    def __init__(self, config: SkipModalNetworkSettings) -> None:
        super().__init__()
        heads = config.bottleneck.heads
        self.decoder = SpeechDecoderNet(config.speech_decoder, config.embedding, heads, config.mels)

    def forward(self, codes: Tensor, frames: Tensor) -> Tensor:
        """Codes [B, E], frames int64 [B] -> mels [B, max(frames), M]."""
        decoder, longest = self.decoder, int(frames.max())
        steps = -(-longest // decoder.per_step)
        silence = codes.new_zeros(len(codes), steps, decoder.mels)
        spoken, _ = decoder.run(silence, codes, decoder.start(codes))
        return spoken.mels[:, :longest]


class UnpairedBlocks(nn.Module):
    """Encoders and decoders of image and speech, all with codes [B, E].

    length: frames of an utterance made of an image, as the objective says nothing of length.
    """

    def __init__(self, config: SkipModalNetworkSettings, length: int) -> None:
        super().__init__()
        self.config, self.length = config, length
        self.image_encoder = ImageEncoderNet(config.image_encoder, config.embedding)
        self.speech_decoder = UnpairedSpeechDecoder(config)
        self.speech_encoder = SpeechEncoderNet(config.speech_encoder, config.embedding, config.mels)
        self.image_decoder = ImageDecoderNet(config.image_decoder, config.embedding)

    @torch.no_grad()
    def speak(self, images: Tensor) -> Tensor:
        """Images [B, 3, H, W] -> mels [B, length, M] in [0, 1]."""
        frames = torch.full((len(images),), self.length, device=images.device)
        return self.speech_decoder(self.image_encoder(images), frames).float().clamp(0, 1)

    def save(self, path: Path) -> None:
        """Write weights and settings to `path`, for `load_unpaired`."""
        network = self.config.model_dump(mode="json")
        save_weights(path, self, {"network": network, "length": self.length})


def build_unpaired(config: SkipModalNetworkSettings, length: int, seed: int) -> UnpairedBlocks:
    """Blocks with first weights drawn from `seed`; torch's generator stays as it was."""
    return build_seeded(lambda: UnpairedBlocks(config, length), seed)


def load_unpaired(path: Path) -> UnpairedBlocks:
    """Build what `UnpairedBlocks.save` wrote to `path`, ready for evaluation.

    Raises:
        DataError: its files are missing or damaged.
    """
    known = read_description(path)
    blocks = UnpairedBlocks(
        SkipModalNetworkSettings.parse(known["network"], "network"), known["length"]
    )
    load_weights(path, blocks)
    return blocks
