"""Settings of the skip-modal network (paper B, section 3 and appendix 6).

Every default is the paper's number; what the paper leaves open is marked "ours". A preset changes
defaults, and every number can be set in the parameters beside it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.data_limits import DataLimits

Size = Annotated[int, Field(ge=1, le=8192)]
Sizes = Annotated[tuple[Size, ...], Field(strict=False, min_length=1)]
Pair = Annotated[tuple[Size, Size], Field(strict=False)]
Dropout = Annotated[float, Field(ge=0, lt=1)]
Weight = Annotated[float, Field(ge=0, le=1000)]


class Cbhg(Section):
    """A CBHG module (Tacotron, table 1): convolution bank, highway network, bidirectional GRU."""

    bank: int = Field(default=16, ge=1, le=64, description="K: kernels of 1 to K positions")
    channels: Size = Field(default=128, description="channels of each kernel size")
    projection: Size = Field(default=128, description="channels of the first projection")
    highways: int = Field(default=4, ge=0, le=16, description="highway layers")
    highway: Size = Field(default=128, description="units of each highway layer")
    gru: Size = Field(default=128, description="units of each direction")


class ImageEncoder(Section):
    """Strided convolutions; after these one more makes the embedding (appendix 6.1)."""

    channels: Sizes = Field(default=(64, 128, 256), description="of all convolutions but the last")


class TextEncoder(Section):
    """Lookup table, pre-net, CBHG, average (appendix 6.1)."""

    lookup: Size = Field(default=128, description="size of a symbol's vector")
    prenet: Pair = Field(default=(256, 128), description="units of the two layers")
    dropout: Dropout = Field(default=0.5, description="after each layer of the pre-net")
    cbhg: Cbhg = Cbhg()


class SpeechEncoder(Section):
    """Two convolutions and a GRU (appendix 6.1)."""

    channels: Pair = Field(default=(32, 64), description="channels of the two convolutions")
    gru: Size = Field(default=256, description="units; section 3.1 says 512")


class Bottleneck(Section):
    """Modality transformer T, modality classifier C and memory fusion M (appendix 6.2)."""

    size: Size = Field(default=256, description="d_k, the size of z and u")
    slots: Size = Field(default=128, description="n_k, the memory's vectors")
    heads: int = Field(default=4, ge=1, le=64, description="heads of the memory's attention")
    memory_deviation: float = Field(
        default=0.5, gt=0, le=10, description="of the first memory; ours"
    )
    transformer: bool = Field(default=True, description="false: one linear layer, 'w/o T'")
    fusion: Literal["memory", "dense", "none"] = Field(
        default="memory", description="dense: 'M -> FC', none: 'w/o M'"
    )
    adversary: bool = Field(default=True, description="false: no classifier, 'w/o L_adv'")
    classifier: Size = Field(default=256, description="hidden units of C; ours")
    reversal: float = Field(
        default=1.0, ge=0, le=100, description="strength of the reversed gradient"
    )

    @model_validator(mode="after")
    def check_heads(self) -> "Bottleneck":
        """Heads of equal size."""
        if self.size % self.heads:
            raise ValueError(f"allowed: a size that {self.heads} heads divide; not {self.size}")
        return self


class ImageDecoder(Section):
    """A dense layer and transposed convolutions, each doubling the side (appendix 6.3)."""

    grid: int = Field(default=4, ge=1, le=64, description="side of the dense layer's map")
    depth: Size = Field(default=64, description="channels of the dense layer's map")
    channels: Sizes = Field(
        default=(32, 16, 8, 8),
        description="of all but the last, which has 3; as many as the data's pictures need",
    )

    @property
    def image_size(self) -> int:
        """Side of the images, pixels."""
        return int(self.grid * 2 ** (len(self.channels) + 1))


class TextDecoder(Section):
    """A stack of LSTM layers (appendix 6.3)."""

    lookup: Size = Field(default=128, description="size of a symbol's vector; ours")
    lstm: Size = Field(default=128, description="units of a layer")
    layers: int = Field(default=2, ge=1, le=8, description="LSTM layers")
    dropout: Dropout = Field(default=0.3, description="after each layer")
    every_step: bool = Field(
        default=False, description="u is an input of every step too, as appendix 6.3 may be read"
    )
    max_symbols: int = Field(
        default=200, ge=0, le=10_000, description="generation ends here; 0: the data say it; ours"
    )


class SpeechDecoder(Section):
    """Attention RNN and decoder RNN, several frames a step (appendix 6.3)."""

    prenet: Pair = Field(default=(256, 128), description="units of the two layers, Tacotron's")
    prenet_dropout: Dropout = Field(default=0.5, description="after each of them, Tacotron's")
    attention_gru: Size = Field(default=256, description="units of the attention RNN")
    attention: Size = Field(default=256, description="units of the attention's score; ours")
    lstm: Size = Field(default=256, description="units of a layer of the decoder RNN")
    layers: int = Field(default=2, ge=1, le=8, description="layers of the decoder RNN")
    dropout: Dropout = Field(default=0.3, description="after each of them")
    frames_per_step: int = Field(default=5, ge=1, le=50, description="frames that a step predicts")
    max_steps: int = Field(
        default=200, ge=0, le=10_000, description="generation ends here; 0: the data say it; ours"
    )


class PostNet(Section):
    """The CBHG from mel to linear spectrograms (appendix 6.3; sizes of Tacotron, table 1)."""

    cbhg: Cbhg = Cbhg(bank=8, projection=256)
    bins: Size = Field(default=1025, description="frequencies of a linear spectrogram")
    joint: bool = Field(default=True, description="false: trained apart, on true mel spectrograms")


class LossWeights(Section):
    """What each term counts (equations 3 and 7)."""

    image: Weight = 1.0
    text: Weight = 1.0
    mel: Weight = 1.0
    linear: Weight = 1.0
    stop: Weight = 1.0
    adversary: Weight = Field(default=0.1, description="alpha of equation 7")


SMALL_CBHG = {"bank": 8, "channels": 64, "projection": 64, "highways": 2, "highway": 64, "gru": 64}

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "laptop": {
        "embedding": 256,
        "image_encoder": {"channels": [24, 48, 96]},
        "text_encoder": {"lookup": 64, "prenet": [128, 64], "cbhg": SMALL_CBHG},
        "speech_encoder": {"channels": [8, 16], "gru": 128},
        "image_decoder": {"channels": [32, 16, 8]},
        "speech_decoder": {"prenet": [128, 64], "attention_gru": 128, "attention": 64},
        "post_net": {"cbhg": SMALL_CBHG, "joint": False},
    },
}


class SkipModalNetworkSettings(Section):
    """The network; `preset` gives the numbers that are not set beside it."""

    preset: Literal["paper", "laptop"] = "paper"
    embedding: Size = Field(default=512, description="size of every encoder's output e")
    mels: Size = Field(default=80, description="bands of a mel spectrogram")
    image_encoder: ImageEncoder = ImageEncoder()
    text_encoder: TextEncoder = TextEncoder()
    speech_encoder: SpeechEncoder = SpeechEncoder()
    bottleneck: Bottleneck = Bottleneck()
    image_decoder: ImageDecoder = ImageDecoder()
    text_decoder: TextDecoder = TextDecoder()
    speech_decoder: SpeechDecoder = SpeechDecoder()
    post_net: PostNet = PostNet()
    weights: LossWeights = LossWeights()

    @model_validator(mode="before")
    @classmethod
    def fill_preset(cls, values: Any) -> Any:
        """The preset's numbers, below those that are given."""
        if not isinstance(values, Mapping):
            return values
        preset = values.get("preset", "paper")
        known = PRESETS.get(preset, {}) if isinstance(preset, str) else {}
        return merge(known, values)

    def fit(self, limits: DataLimits, name: str) -> Self:
        """The same, able to write, say and draw what the data hold.

        Args:
            name: of these settings, for messages.

        Raises:
            ParameterError: a number that is set is too small for the data.
        """
        text, speech, image = self.text_decoder, self.speech_decoder, self.image_decoder
        symbols = limits.fit_symbols(text.max_symbols, f"{name}.text_decoder.max_symbols")
        steps = limits.fit_steps(
            speech.max_steps, speech.frames_per_step, f"{name}.speech_decoder.max_steps"
        )
        channels = limits.fit_channels(image.grid, image.channels)
        return self.model_copy(
            update={
                "text_decoder": text.model_copy(update={"max_symbols": symbols}),
                "speech_decoder": speech.model_copy(update={"max_steps": steps}),
                "image_decoder": image.model_copy(update={"channels": channels}),
            }
        )


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two nested mappings as one; where both have a key, `above` counts."""
    merged = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            merged[key] = merge(below[key], above[key])
    return merged
