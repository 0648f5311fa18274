"""Settings of scheduled retraining: what counts as no worse."""

from typing import Annotated, Literal

from pydantic import Field

from crossmodal.config.section import Section


class Guard(Section):
    """One metric that a retrained model may not worsen, wherever it stands."""

    metric: str = Field(min_length=1, description="the end of its name in metrics/summary")
    better: Literal["higher", "lower"]
    tolerance: float = Field(ge=0, description="how much worse it may get, in the metric's unit")


class Retrain(Section):
    """When retrained models take the place of those in use."""

    branch: str = Field(min_length=1, description="the Git branch that names the models in use")
    guards: Annotated[tuple[Guard, ...], Field(strict=False, min_length=1)]
