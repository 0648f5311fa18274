"""Settings of sharding: image-text pairs, text-speech pairs, and the spectrograms of the latter."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import (
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from crossmodal.config.own_input import OwnInput
from crossmodal.config.section import Section

SOURCE = re.compile(r"([\w-]*)(?:\[(?:(\d{1,3})%)?:(?:(\d{1,3})%)?\])?", re.ASCII)


class Source(NamedTuple):
    """Part of a data set: the items from `start` to `stop`, in percent, of what `name` names."""

    name: str
    start: int
    stop: int

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Read 'name', 'name[:90%]' or '[90%:]'.

        Raises:
            ValueError: it is none of these, or an empty part.
        """
        match = SOURCE.fullmatch(text)
        if match:
            source = cls(match[1], int(match[2] or 0), int(match[3] or 100))
            if source.start < source.stop <= 100:
                return source
        raise ValueError(f"allowed: a name and a part in percent, 'name[90%:95%]'; not {text!r}")

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{self.name}[{self.start}%:{self.stop}%]"

    def take(self, count: int) -> slice:
        """Which of `count` items these are; parts that adjoin here adjoin there."""
        return slice(count * self.start // 100, count * self.stop // 100)


def check_limit(value: Any, check: ValidatorFunctionWrapHandler) -> float:
    """A whole number as it is, or a share; ValueError for 1.0, which could be meant as either."""
    if check(value) >= 1 and not isinstance(value, int):
        raise ValueError("allowed: a whole number, such as 100, or a share below 1, such as 0.01")
    limit: float = value
    return limit


Limit = Annotated[float, Field(ge=0), WrapValidator(check_limit)]
ABOUT_LIMIT = "broken inputs that are skipped, or their share; more are an error"


def whole(names: Iterable[str]) -> dict[str, Source]:
    """Splits that are all of what has their name."""
    return {name: Source(name, 0, 100) for name in names}


class Sources(Section):
    """Where each split of your own folder is: a name, all of it or a part in percent."""

    train: str
    validation: str
    test: str

    @field_validator("train", "validation", "test")
    @classmethod
    def check_source(cls, text: str) -> str:
        """'val2017', 'val2017[:50%]' or '[90%:]'."""
        Source.parse(text)
        return text

    @model_validator(mode="after")
    def check_disjoint(self) -> "Sources":
        """No item is in two splits."""
        parts = sorted(self.by_split().values())
        for first, second in pairwise(parts):
            if first.name == second.name and second.start < first.stop:
                raise ValueError(f"allowed: parts of {first.name!r} that do not overlap")
        return self

    def by_split(self) -> dict[str, Source]:
        """The parsed source of each split."""
        return {name: Source.parse(getattr(self, name)) for name in type(self).model_fields}


class ShardCaptions(Section):
    """Image-text pairs in shards, from a folder in COCO's layout.

    Images of `annotations/captions_NAME.json` lie in the folder NAME; `splits` says which NAME (or
    which part of it, in the order of the images' ids) is training, validation and test.
    """

    folder: OwnInput = Field(description="the digit scenes, or your own COCO folder")
    splits: Sources = Field(description="used with your own folder only")
    image_size: int = Field(ge=16, le=1024, description="pixels of a side: shorter side, centre")
    block_size: int = Field(ge=1, le=4096, description="images in a record")
    shard_size: int = Field(ge=1, le=1_000_000, description="images in a shard")
    max_broken: Limit = Field(description=ABOUT_LIMIT)


class ShardSpeech(Section):
    """Text-speech pairs in shards, from a folder in LJSpeech's layout.

    `splits` says which part of `metadata.csv`, in the order of its rows, is training, validation
    and test; a name before the brackets is a folder inside yours with a `metadata.csv` of its own.
    """

    folder: OwnInput = Field(description="the spoken corpus, or your own LJSpeech folder")
    splits: Sources = Field(description="used with your own folder only")
    shard_size: int = Field(ge=1, le=1_000_000, description="clips in a shard")
    max_broken: Limit = Field(description=ABOUT_LIMIT)
