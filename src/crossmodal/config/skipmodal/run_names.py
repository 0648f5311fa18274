"""Names of paper B's trainings: a variant and a seed, such as ours-0."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section

RUN = re.compile(r"([a-z][a-z0-9_]*)-(\d{1,9})", re.ASCII)
CYCLEGAN = "cyclegan"
Names = Annotated[tuple[str, ...], Field(strict=False)]


def split_run(run: str) -> tuple[str, int]:
    """The variant and the seed of a run such as "ours-0".

    Raises:
        ValueError: it is not VARIANT-SEED.
    """
    match = RUN.fullmatch(run)
    if match is None:
        raise ValueError(f"allowed: runs such as paper-0, a variant and a seed; not {run!r}")
    return match[1], int(match[2])


class RunNames(Section):
    """Runs by name, VARIANT-SEED. DVC reads these lists, so `all` is written out."""

    networks: Names = Field(description="trainings of variants")
    embedded: Names = Field(
        default=(), description="trainings of variants whose images are embedded beforehand"
    )
    cyclegans: Names = Field(description="trainings of the baseline CycleGAN, cyclegan-SEED")
    all: Names = Field(description="all three, in the order of the report")
    exported: Names = Field(
        default=(), description="of networks and embedded those that become bundles"
    )

    @field_validator("networks", "embedded", "cyclegans")
    @classmethod
    def check_names(cls, runs: tuple[str, ...]) -> tuple[str, ...]:
        """A variant and a seed each."""
        for run in runs:
            split_run(run)
        return runs

    @model_validator(mode="after")
    def check_exported(self) -> "RunNames":
        """What is exported is trained, and no CycleGAN."""
        strange = [run for run in self.exported if run not in (*self.networks, *self.embedded)]
        if strange:
            raise ValueError(
                f"allowed: in `exported` runs of networks and embedded; not {strange[0]!r}"
            )
        return self

    @model_validator(mode="after")
    def check_all(self) -> "RunNames":
        """`all` is all of them, each once."""
        if sorted(self.all) != sorted({*self.networks, *self.embedded, *self.cyclegans}):
            raise ValueError(
                "allowed: in `all` every run of networks, embedded and cyclegans, each once"
            )
        strange = [run for run in self.cyclegans if split_run(run)[0] != CYCLEGAN]
        if strange:
            raise ValueError(f"allowed: cyclegans such as cyclegan-0; not {strange[0]!r}")
        return self
