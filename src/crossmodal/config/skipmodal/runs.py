"""Which trainings of paper B are run: variants of the network, each with some seeds."""

from typing import Any

from pydantic import Field, model_validator

from crossmodal.config.section import Section
from crossmodal.config.skipmodal.data_limits import DataLimits
from crossmodal.config.skipmodal.mended import MendedNetworkSettings
from crossmodal.config.skipmodal.network import SkipModalNetworkSettings, merge
from crossmodal.config.skipmodal.planned_runs import ArchitectureName, CycleGanRun, Part, Run
from crossmodal.config.skipmodal.run_names import RunNames, split_run
from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.config.skipmodal.training import TrainCycleGan, TrainSkipModal

Overrides = dict[str, Any]


class PaperArchitecture(Section):
    """The network in the paper's form, and how its variants are trained."""

    network: SkipModalNetworkSettings
    training: TrainSkipModal


class MendedArchitecture(Section):
    """The paper's network with few changes, and how its variants are trained."""

    network: MendedNetworkSettings
    training: TrainSkipModal


class OurArchitecture(Section):
    """The network of `ours`, with several slots, and how its variants are trained."""

    network: SlotNetworkSettings
    training: TrainSkipModal


class Architectures(Section):
    """What every variant of an architecture starts from."""

    paper: PaperArchitecture
    mended: MendedArchitecture
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

    def settle(self, run: str, limits: DataLimits | None = None) -> Run:
        """The settings of a training; with `limits`, able to write, say and draw what data hold.

        Raises:
            ParameterError: a variant's setting is wrong, or too small for the data.
        """
        name, seed = split_run(run)
        variant = self.variants[name]
        base = getattr(self.architectures, variant.architecture)
        where = f"skipmodal.variants.{name}"
        network = merge(base.network.model_dump(), variant.network)
        training = merge(base.training.model_dump(), variant.training)
        settings = type(base.network).parse(network, f"{where}: network")
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
            network=settings.fit(limits, f"{where}: network") if limits else settings,
            parts=parts,
        )

    def settle_cyclegan(self, run: str, limits: DataLimits) -> CycleGanRun:
        """The settings of a training of the baseline; raises as `settle`."""
        name, seed = split_run(run)
        network = self.architectures.paper.network.fit(limits, "skipmodal.architectures.paper")
        return CycleGanRun(variant=name, seed=seed, network=network, training=self.cyclegan)
