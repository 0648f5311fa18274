"""Settings of `ours`: paper B's bottleneck with several slots, and what was added to it.

Each addition can be switched off; `docs/skipmodal/notebook.md` says what each is for.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.config.skipmodal.network import Bottleneck, ImageDecoder, Size, Weight
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.errors import ParameterError

MOST_SLOTS = 64
Channels = Annotated[tuple[Size, ...], Field(strict=False, min_length=2)]


class Additions(Section):
    """What `ours` adds to the paper; each with its own switch."""

    normalize: bool = Field(
        default=True, description="batch normalisation of each encoder's output; false: tanh"
    )
    residual_read: bool = Field(default=True, description="u = LayerNorm(z + read), not the read")
    hypotheses: int = Field(
        default=6, ge=1, le=32, description="captions that an image may mean; 1 is off"
    )
    order: float = Field(
        default=2.5, ge=0, le=64, description="a slot for each word, in their order; 0 is off"
    )
    brightness: bool = Field(
        default=True, description="shapes are read from brightness, colours from a small picture"
    )
    freeze_texts: float = Field(
        default=0.45,
        ge=0,
        lt=1,
        description="share of the steps after which what texts mean stays, and only images and "
        "the voice learn; 0 is off",
    )
    patches: bool = Field(
        default=True,
        description="slots draw patches, by cross-entropy; false: the paper's image decoder and L1",
    )
    text_first: float = Field(
        default=0.2, ge=0, lt=1, description="share of the steps for text_to_text alone; 0 is off"
    )


class SlotWeights(Section):
    """What each loss counts; an addition of weight 0 is off."""

    text: Weight = 1.0
    text_to_text: Weight = Field(default=1.0, description="a text from its own u: an addition")
    mel: Weight = 10.0
    stop: Weight = 1.0
    image: Weight = 2.0
    place: Weight = Field(default=4.0, description="usual places of patches: for `patches`")
    adversary: Weight = Field(default=0.1, description="alpha of equation 7")
    contrast: Weight = Field(default=0.1, description="InfoNCE over the batch: an addition")
    words: Weight = Field(
        default=0.1, description="words at places of images and speech: an addition"
    )
    hypothesis: Weight = Field(default=0.1, description="which hypothesis suits an image")
    spoken: Weight = Field(default=0.1, description="which texts are recordings': an addition")
    spelling: Weight = Field(
        default=0.5, description="characters asked of what is spoken: an addition"
    )
    count: Weight = Field(default=0.5, description="words counted in speech: for `order`")


class SlotNetworkSettings(Section):
    """The network of `ours`."""

    kind: Literal["slots"]
    vocabulary: int = Field(
        default=1000, ge=0, le=20_000, description="most frequent training words, to be looked for"
    )
    words: tuple[str, ...] = Field(
        default=(), strict=False, description="the vocabulary, once known"
    )
    slots: int = Field(
        default=12,
        ge=0,
        le=MOST_SLOTS,
        description="vectors that make up e, z and u; 0: one for each word of the longest text",
    )
    mels: Size = 80
    bottleneck: Bottleneck = Bottleneck(size=64)
    image_encoder: Literal["convolutions", "efficientnet_lite0"] = Field(
        default="convolutions", description="what makes places of pixels; the latter is frozen"
    )
    pretrained: PretrainedMaps = Field(
        default=PretrainedMaps(), description="of efficientnet_lite0: as in embed_scene_images"
    )
    image_channels: Channels = Field(
        default=(32, 64, 96, 128), description="convolutions; each but the last halves the side"
    )
    color_channels: Size = Field(default=32, description="of the convolution over a small picture")
    text_channels: Size = Field(default=128, description="of the characters' vectors")
    speech_channels: Size = Field(default=160, description="of the three strided convolutions")
    gru: Size = Field(default=96, description="units of each direction in text and speech encoder")
    text_decoder: Size = Field(default=192, description="GRU units")
    speech_decoder: Size = Field(default=160, description="units; an even number")
    word_characters: int = Field(
        default=16, ge=1, le=64, description="states that a slot opens into, at the most"
    )
    frames_per_step: int = Field(default=4, ge=1, le=50)
    max_steps: int = Field(
        default=120, ge=0, le=1000, description="speech ends here; 0: the data say it"
    )
    max_symbols: int = Field(
        default=90, ge=0, le=10_000, description="texts end here; 0: the data say it"
    )
    image_decoder: ImageDecoder = ImageDecoder(channels=(32, 16, 8))
    additions: Additions = Additions()
    weights: SlotWeights = SlotWeights()

    @property
    def places_side(self) -> int:
        """Side of the image encoder's last map."""
        if self.image_encoder == "efficientnet_lite0":
            return self.pretrained.side
        return int(self.image_decoder.image_size // 2 ** (len(self.image_channels) - 1))

    def fit(self, limits: DataLimits, name: str) -> "SlotNetworkSettings":
        """The same, able to write, say and draw what the data hold.

        Args:
            name: of these settings, for messages.

        Raises:
            ParameterError: a number that is set is too small for the data, or a text has more
                words than there can be slots.
        """
        if not self.slots and limits.words > MOST_SLOTS:
            raise ParameterError(
                f"{name}.slots = 0, but a text of the data has {limits.words} words and there can "
                f"be {MOST_SLOTS} slots: leave such texts out, or set slots, which words then share"
            )
        decoder = self.image_decoder
        channels = limits.fit_channels(decoder.grid, decoder.channels)
        return self.model_copy(
            update={
                "slots": self.slots or limits.words,
                "max_symbols": limits.fit_symbols(self.max_symbols, f"{name}.max_symbols"),
                "max_steps": limits.fit_steps(
                    self.max_steps, self.frames_per_step, f"{name}.max_steps"
                ),
                "image_decoder": decoder.model_copy(update={"channels": channels}),
            }
        )

    @model_validator(mode="after")
    def check_sizes(self) -> "SlotNetworkSettings":
        """What the image encoder leaves of an image, and halves of a GRU in both directions."""
        if self.places_side < 1:
            raise ValueError(
                f"allowed: fewer image_channels; {len(self.image_channels)} leave nothing of "
                f"{self.image_decoder.image_size} pixels, as each but the last halves the side"
            )
        if self.speech_decoder % 2:
            raise ValueError(f"allowed: an even speech_decoder; not {self.speech_decoder}")
        return self
