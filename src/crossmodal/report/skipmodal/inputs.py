"""What paper B's page is made from, checked as it is read."""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.errors import DataError
from crossmodal.evaluate.skipmodal.measures import Ceilings, RunMetrics
from crossmodal.evaluate.skipmodal.tasks import Drawing, Task
from crossmodal.files import read_json


class Told(BaseModel):
    """A sentence that a run wrote or that was heard in its speech, and those that are right."""

    model_config = ConfigDict(strict=True, frozen=True)
    said: str
    references: list[str] = Field(min_length=1)


class Measures(BaseModel):
    """What is always there of a task's measures."""

    model_config = ConfigDict(strict=True)
    reasons: dict[str, str]


class Drawn(BaseModel):
    """What is always there of the measures of drawn pictures."""

    model_config = ConfigDict(strict=True)
    attributes: dict[str, float | None]
    psnr: float
    bright: float


class Measured(BaseModel):
    """What is always there of a run's measures."""

    model_config = ConfigDict(strict=True)
    variant: str
    seed: int
    splits: dict[Split, dict[Task, Measures]]
    retrieval: dict[Split, dict[str, dict[str, float]]] = {}
    drawn: dict[Split, dict[Drawing, Drawn]] = {}


class Bounds(BaseModel):
    """What is always there of the limits of a split: those of texts by name, those of pictures."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, Measures]
    # They may be missing, but null is no measure.
    pictures: Drawn = None  # type: ignore[assignment]
    wrong_pictures: Drawn = None  # type: ignore[assignment]


# split -> task -> id -> sentence; texts from texts are among the tasks.
Transcripts = dict[str, dict[str, dict[str, Told]]]
TRANSCRIPTS, RUN, LIMITS = (
    TypeAdapter[Any](kind) for kind in (Transcripts, Measured, dict[Split, Bounds])
)


def read_transcripts(path: Path) -> Transcripts:
    """What a run said, as `evaluate_skipmodal` tells it.

    Raises:
        DataError: missing or damaged.
    """
    told: Transcripts = check(path, TRANSCRIPTS)[1]
    return told


def read_run(path: Path) -> RunMetrics:
    """The measures of a run.

    Raises:
        DataError: missing or damaged.
    """
    metrics: RunMetrics = check(path, RUN)[0]
    return metrics


def read_ceilings(path: Path) -> Ceilings:
    """What bounds all runs.

    Raises:
        DataError: missing or damaged.
    """
    ceilings: Ceilings = check(path, LIMITS)[0]
    return ceilings


def check(path: Path, adapter: TypeAdapter[Any]) -> tuple[Any, Any]:
    """A JSON file's content, as it is and as `adapter` reads it."""
    values = read_json(path)
    try:
        return values, adapter.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "its content"
        raise DataError(f"{path} is damaged: {key}: {first['msg']}") from None


def read_curve(path: Path) -> pd.DataFrame:
    """The learning curves of a run: `step`, and columns that may have gaps.

    Raises:
        DataError: missing, damaged or empty.
    """
    try:
        curve = pd.read_csv(path)
        numbers = curve.drop(columns="part").astype(float)
    except FileNotFoundError:
        raise DataError(f"{path} is missing") from None
    except (KeyError, ValueError, OSError) as error:
        raise DataError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    if numbers.empty or "step" not in numbers or not numbers["step"].ge(0).all():
        raise DataError(f"{path} is damaged: it needs a line or more with a step")
    return numbers
