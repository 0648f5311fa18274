"""Which trainings of paper B are run: variants of the network, each with some seeds."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.network import SkipModal, merge
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.config.skipmodal.training import TrainCycleGan, TrainSkipModal

RUN = re.compile(r"([a-z][a-z0-9_]*)-(\d{1,9})", re.ASCII)
CYCLEGAN = "cyclegan"
ArchitectureName = Literal["paper", "ours"]
Part = Literal["both", "image_text", "text_speech"]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Overrides = dict[str, Any]


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

    @field_validator("networks", "embedded", "cyclegans")
    @classmethod
    def check_names(cls, runs: tuple[str, ...]) -> tuple[str, ...]:
        """A variant and a seed each."""
        for run in runs:
            split_run(run)
        return runs

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


class PaperArchitecture(Section):
    """The network in the paper's form, and how its variants are trained."""

    network: SkipModal
    training: TrainSkipModal


class OurArchitecture(Section):
    """The network of `ours`, with several slots, and how its variants are trained."""

    network: SlotNetworkSettings
    training: TrainSkipModal


class Architectures(Section):
    """What every variant of an architecture starts from."""

    paper: PaperArchitecture
    ours: OurArchitecture


class Variant(Section):
    """What a variant changes; an empty one is its architecture as it is.

    parts: networks that are trained, each with the settings that it alone changes. `both`: one
    network on image-text and text-speech pairs. `image_text` and `text_speech`: one network each,
    which sees the pairs of that data set only (the baseline "piecewise").
    """

    architecture: ArchitectureName = "paper"
    network: Overrides = Field(default={}, description="settings of the network")
    training: Overrides = Field(default={}, description="settings of the training")
    parts: dict[Part, Overrides] = Field(default={"both": {}}, description="of the training")

    @model_validator(mode="after")
    def check_parts(self) -> "Variant":
        """One network for all pairs, or one for each kind."""
        if set(self.parts) not in ({"both"}, {"image_text", "text_speech"}):
            raise ValueError("allowed: parts both, or image_text and text_speech")
        return self


class Run(Section):
    """One training with all its settings: a variant laid over its architecture."""

    variant: str
    seed: int
    architecture: ArchitectureName
    validation_items: int
    processes: int
    network: SkipModal | SlotNetworkSettings
    parts: dict[Part, TrainSkipModal]

    @property
    def maps(self) -> PretrainedMaps | None:
        """Which maps of a pretrained network its image encoder reads; None for pixels."""
        network = self.network
        if isinstance(network, SlotNetworkSettings) and network.image_encoder != "convolutions":
            return network.pretrained
        return None


class CycleGanRun(Section):
    """One training of the baseline: encoders and decoders of the paper's architecture."""

    variant: str
    seed: int
    network: SkipModal
    training: TrainCycleGan


class SkipModalRuns(Section):
    """The trainings, and the variants that they are of."""

    runs: RunNames
    validation_items: int = Field(ge=1, description="of each task, in validations while training")
    processes: int = Field(ge=1, le=1024, description="that share a training; 1 without torchrun")
    architectures: Architectures
    cyclegan: TrainCycleGan
    variants: dict[str, Variant]

    @model_validator(mode="after")
    def check_variants(self) -> "SkipModalRuns":
        """Every run is of a known variant, in the list of those that are trained like it."""
        for run in (*self.runs.networks, *self.runs.embedded):
            name, _ = split_run(run)
            if name not in self.variants:
                known = ", ".join(self.variants)
                raise ValueError(f"allowed: runs of {known}; not {run!r}")
            if (run in self.runs.embedded) != (self.settle(run).maps is not None):
                raise ValueError(
                    "allowed: in `embedded` the runs whose image_encoder is efficientnet_lite0, "
                    f"in `networks` all others; not {run!r}"
                )
        return self

    def settle(self, run: str) -> Run:
        """The settings of a training.

        Raises:
            ParameterError: a variant's setting is wrong.
        """
        name, seed = split_run(run)
        variant = self.variants[name]
        base = getattr(self.architectures, variant.architecture)
        where = f"skipmodal.variants.{name}"
        network = merge(base.network.model_dump(), variant.network)
        training = merge(base.training.model_dump(), variant.training)
        parts = {
            part: TrainSkipModal.parse(merge(training, own), f"{where}: training")
            for part, own in variant.parts.items()
        }
        return Run(
            variant=name,
            seed=seed,
            architecture=variant.architecture,
            validation_items=self.validation_items,
            processes=self.processes,
            network=type(base.network).parse(network, f"{where}: network"),
            parts=parts,
        )

    def settle_cyclegan(self, run: str) -> CycleGanRun:
        """The settings of a training of the baseline."""
        name, seed = split_run(run)
        network = self.architectures.paper.network
        return CycleGanRun(variant=name, seed=seed, network=network, training=self.cyclegan)
