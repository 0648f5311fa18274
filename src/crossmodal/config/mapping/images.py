"""Settings of image synthesis: double and coloured digits with held-out pairs."""

from typing import Annotated

from pydantic import Field, field_validator

from crossmodal.config.section import Section


class ImageCounts(Section):
    """How many images a digit pair gets."""

    train_per_pair: int = Field(ge=1, le=100_000)
    held_out_per_pair: int = Field(ge=1, le=100_000)


class SynthesizeImages(Section):
    """Two MNIST digits side by side; some digit pairs are never in the training split."""

    seed: int = Field(ge=0, description="seed of the drawn digits and colours")
    block_size: int = Field(ge=1, le=65_536, description="images in one record of a shard")
    shard_size: int = Field(ge=1, description="images in one shard")
    held_out: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = Field(
        description="digit pairs such as '07'"
    )
    counts: dict[str, ImageCounts] = Field(description="of each data set")

    @field_validator("held_out")
    @classmethod
    def check_pairs(cls, pairs: tuple[str, ...]) -> tuple[str, ...]:
        """Two digits each, no pair twice, and every digit still trained on both sides."""
        wrong = [p for p in pairs if len(p) != 2 or not (p.isascii() and p.isdigit())]
        if wrong:
            raise ValueError(f"allowed: two digits in quotes, such as '07'; not {wrong[0]!r}")
        if len(set(pairs)) != len(pairs):
            raise ValueError("allowed: each digit pair once")
        for side, name in enumerate(("left", "right")):
            for digit in "0123456789":
                if sum(pair[side] == digit for pair in pairs) == 10:
                    raise ValueError(f"allowed: some pair with {digit} on the {name} in training")
        return pairs
